"""Whether a machine may go that is built anew: patroni/give-way.sh and etcd/give-way.sh, with an etcdctl that answers as told."""
import pathlib
import re
import subprocess
import tempfile
import unittest

from program import RESOURCES

# What host/lib.sh does, without its lock and its waiting.
LIB = """set -euo pipefail
pgha_fail() { echo "pgha: $*" >&2; exit 1; }
pgha_within() { shift; pgha_said=$("$@" 2>&1); }
pgha_await() { pgha_within "$1" "${@:3}" || pgha_fail "$2: $pgha_said"; }
"""
ETCDCTL = """#!/bin/bash
# Answers KEY from the file KEYS/KEY with ! for /; without the folder there is no majority, and the question whose
# number is in KEYS.late is answered too late. Health: endpoints in HEALTHY.
keys=$(dirname "$0")/keys
while [[ $1 == --* ]]; do shift 2; done
echo >>"$keys.asked"
[ "$(wc -l <"$keys.asked")" -ne "$(<"$keys.late")" ] || { echo "context deadline exceeded" >&2; exit 1; }
case $1 in
  endpoint) [[ $(<"$(dirname "$0")/healthy") == *"$ETCDCTL_ENDPOINTS"* ]] || { echo "$ETCDCTL_ENDPOINTS is unhealthy"; exit 1; } ;;
  put) echo "$3" >"$keys/${2////!}" ;;
  get)
    [ -d "$keys" ] || { echo "context deadline exceeded" >&2; exit 1; }
    if [ "$2" = --prefix ]; then
      for file in "$keys/${3////!}"*; do [ ! -e "$file" ] || { name=$(basename "$file"); echo "${name//!//}"; }; done
    else
      cat "$keys/${2////!}" 2>/dev/null || true
    fi ;;
esac
"""


class Host:
    """A host of etcd in a folder."""

    def __init__(self, folder, keys=None, healthy="", endpoints="", late=0):
        self.folder = pathlib.Path(folder)
        etcd = self.folder / "etcd"
        etcd.mkdir()
        (etcd / "root-password").write_text("x")
        (etcd / "endpoints").write_text(endpoints)
        (self.folder / "healthy").write_text(healthy)
        (self.folder / "keys.late").write_text(str(late))
        tool = self.folder / "pgha-etcdctl"
        tool.write_text(ETCDCTL)
        tool.chmod(0o755)
        if keys is not None:
            (self.folder / "keys").mkdir()
            for key, value in keys.items():
                (self.folder / "keys" / key.replace("/", "!")).write_text(value + "\n")

    def key(self, name):
        file = self.folder / "keys" / name.replace("/", "!")
        return file.read_text().strip() if file.exists() else None

    def run(self, *scripts, **variables):
        text = LIB + "".join(f"{name}='{value}'\n" for name, value in variables.items())
        text += "".join((RESOURCES / script).read_text() for script in scripts)
        text = re.sub(r"/etc/etcd/pgha\b", str(self.folder / "etcd"), text)
        return subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False,
                              env={"PATH": f"{self.folder}:/usr/bin:/bin"})


class PostgresMember(unittest.TestCase):
    CLUSTER = {"/service/c/initialize": "7", "/service/c/leader": "pg2", "/service/c/members/pg1": "{}",
               "/service/c/members/pg2": "{}"}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def give_way(self, host, stay="", goes="pg1", time="t1"):
        return host.run("etcd/ask.sh", "patroni/hand-over.sh", "patroni/give-way.sh", STAY=stay, GOES=goes, REBUILD=time,
                        SCOPE="/service/c/", DIARY="/pgha/c/rebuild/")

    def test_a_standby_goes_and_that_is_written_down(self):
        host = Host(self.folder, self.CLUSTER)
        self.assertEqual(self.give_way(host).returncode, 0)
        self.assertEqual(host.key("/pgha/c/rebuild/pg1"), "t1")

    def test_nobody_goes_while_etcd_does_not_answer(self):
        done = self.give_way(Host(self.folder, None))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("etcd doesn't tell whether pg1 may go", done.stderr)

    def test_where_none_goes_etcd_may_have_to_be_mended_first(self):
        self.assertEqual(self.give_way(Host(self.folder, None), stay="pg1 pg2", goes="").returncode, 0)

    def test_a_leader_is_asked_to_hand_over(self):
        host = Host(self.folder, {**self.CLUSTER, "/service/c/leader": "pg1"})
        self.assertIn("pg1 leads, and was asked to hand over", self.give_way(host).stderr)
        self.assertEqual(host.key("/service/c/failover"), '{"leader": "pg1"}')
        self.assertIsNone(host.key("/pgha/c/rebuild/pg1"))

    def test_who_was_let_go_before_is_looked_at_again(self):
        keys = {**self.CLUSTER, "/service/c/leader": "pg1", "/pgha/c/rebuild/pg1": "t1"}
        host = Host(self.folder, keys)
        self.assertEqual(self.give_way(host, time="t1").returncode, 0)
        self.assertNotEqual(self.give_way(host, time="t2").returncode, 0)

    def test_a_question_that_a_member_of_etcd_took_along_is_asked_again(self):
        for late in range(1, 6):
            with self.subTest(late), tempfile.TemporaryDirectory() as folder:
                host = Host(folder, self.CLUSTER, late=late)
                self.assertEqual(self.give_way(host).returncode, 0)
                self.assertEqual(host.key("/pgha/c/rebuild/pg1"), "t1")

    def test_before_there_is_a_cluster_everybody_goes(self):
        self.assertEqual(self.give_way(Host(self.folder, {})).returncode, 0)


class EtcdMember(unittest.TestCase):
    ENDPOINTS = "https://10.0.0.1:2379,https://10.0.0.2:2379,https://10.0.0.3:2379"

    def give_way(self, healthy, endpoints=ENDPOINTS):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        host = Host(folder.name, {}, healthy, endpoints)
        done = host.run("etcd/ask.sh", "etcd/give-way.sh", HOST="etcd3", ETCD="10.0.0.3", REBUILD="t1", DIARY="/pgha/c/rebuild/")
        return done, host

    def test_goes_while_a_majority_is_left(self):
        done, host = self.give_way("https://10.0.0.1:2379 https://10.0.0.2:2379")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(host.key("/pgha/c/rebuild/etcd3"), "t1")

    def test_stays_where_another_is_away(self):
        done, host = self.give_way("https://10.0.0.1:2379 https://10.0.0.3:2379")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("1 of 3 members would be left: https://10.0.0.2:2379 is unhealthy", done.stderr)
        self.assertIsNone(host.key("/pgha/c/rebuild/etcd3"))

    def test_of_five_two_may_be_away(self):
        five = self.ENDPOINTS + ",https://10.0.0.4:2379,https://10.0.0.5:2379"
        self.assertEqual(self.give_way("https://10.0.0.1:2379 https://10.0.0.2:2379 https://10.0.0.4:2379", five)[0].returncode, 0)
        self.assertNotEqual(self.give_way("https://10.0.0.1:2379 https://10.0.0.2:2379", five)[0].returncode, 0)


if __name__ == "__main__":
    unittest.main()
