"""What a host tells before an `up` (readiness/look), who has the virtual address (balancer/vip-free.sh), and a new majority of etcd."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from program import RESOURCES, load

look = load("readiness/look")
LIB = "set -euo pipefail\npgha_fail() { echo \"pgha: $*\" >&2; exit 1; }\n"


class Look(unittest.TestCase):
    def test_a_file_system_is_told_once(self):
        disks = look.disks(["/", "/etc", "/nowhere"])
        self.assertEqual(disks[0]["folder"], "/")
        self.assertGreater(disks[0]["free"], 0)
        self.assertEqual(len({disk["folder"] for disk in disks}), len(disks))
        self.assertNotIn("/nowhere", [disk["folder"] for disk in disks])

    def test_the_reason_is_the_last_line_without_its_mark(self):
        self.assertEqual(look.last_error('{"level":"warn"}\nError: context deadline exceeded\n'), "context deadline exceeded")
        self.assertEqual(look.last_error(""), "no answer")

    def test_a_host_without_etcd_and_patroni_tells_neither(self):
        self.assertIsNone(look.etcd({"address": "127.0.0.1", "scope": "/s/"}))
        self.assertIsNone(look.patroni({"address": "127.0.0.1"}))

    def test_a_program_that_is_not_there_is_no_answer(self):
        self.assertEqual(look.run("/nowhere/program")[0], -1)

    def test_it_prints_a_line_of_json(self):
        wanted = json.dumps({"address": "127.0.0.1", "vip": "127.0.0.1", "scope": "/s/", "hosts": []})
        done = subprocess.run(["python3", "-I", str(RESOURCES / "readiness/look"), wanted], capture_output=True, text=True, check=True)
        said = json.loads(done.stdout)
        self.assertTrue(said["holds"])
        self.assertLessEqual(said["began"], said["ended"])
        unchanged = subprocess.run(["python3", "-I", str(RESOURCES / "readiness/look"), wanted.replace('"vip": "127.0.0.1"', '"vip": ""')],
                                   capture_output=True, text=True, check=True)
        self.assertNotIn("holds", json.loads(unchanged.stdout))

    def test_what_somebody_scheduled(self):
        self.assertEqual(look.planned({"members": [{"name": "pg1"}]}), [])
        self.assertEqual(look.planned({
            "scheduled_switchover": {"at": "2026-12-24T18:00:00+00:00", "from": "pg1", "to": "pg2"},
            "members": [{"name": "pg1", "scheduled_restart": {"schedule": "2026-12-25T18:00:00+00:00"}}, {"name": "pg2"}]}),
            [{"what": "a switchover from pg1 to pg2 is scheduled for 2026-12-24T18:00:00+00:00", "kind": "switchover"},
             {"what": "a restart of pg1 is scheduled for 2026-12-25T18:00:00+00:00", "kind": "restart"}])


class VirtualAddress(unittest.TestCase):
    """A host in a folder, with a network that answers as told."""

    def check(self, holder, runs, interface=""):
        with tempfile.TemporaryDirectory() as folder:
            etcd = pathlib.Path(folder) / "etcd"
            etcd.mkdir()
            if runs:
                (etcd / "root-password").write_text("x")
            network = f"""
ip() {{
  case $* in
    "neigh show 10.0.0.50") [ -z '{holder}' ] || echo '10.0.0.50 dev e lladdr {holder} REACHABLE' ;;
    "neigh show 10.0.0.1") echo '10.0.0.1 dev e lladdr 02:00:00:00:00:01 REACHABLE' ;;
    "neigh show "*) echo "$3 dev e FAILED" ;;
  esac
}}
VIP=10.0.0.50 HOSTS='10.0.0.1 10.0.0.2' INTERFACE='{interface}'
"""
            text = (RESOURCES / "balancer/vip-free.sh").read_text().replace("/etc/etcd/pgha", str(etcd))
            text = re.sub(r'echo >"/dev/udp[^\n]*', ":", text)
            return subprocess.run(["bash", "-c", LIB + network + text], capture_output=True, text=True, check=False)

    def test_a_strangers_address_is_refused_in_a_new_cluster_and_in_one_that_runs(self):
        for runs in (False, True):
            done = self.check("02:99:99:99:99:99", runs)
            self.assertEqual(done.returncode, 1)
            self.assertIn("vip '10.0.0.50' must be an address that is free, and 02:99:99:99:99:99 answers for it", done.stderr)

    def test_one_of_ours_may_have_it(self):
        for runs in (False, True):
            self.assertEqual(self.check("02:00:00:00:00:01", runs).returncode, 0)
            self.assertEqual(self.check("", runs).returncode, 0)

    def test_by_another_card_of_a_balancer_too(self):
        self.assertEqual(self.check("02:00:00:00:00:77", True, "ens19").returncode, 0)
        self.assertEqual(self.check("02:00:00:00:00:77", False, "ens19").returncode, 1)


class NewMajority(unittest.TestCase):
    """A host of etcd in a folder. healthy: whether etcd answers before; peers: addresses that answer at the peers' port."""

    def run_it(self, data=True, healthy=False, peers="", starts=True):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        for part in ("etc/etcd/pgha", "etc/default", "var/lib/pgha", "var/lib/etcd/pgha", "usr/local/sbin", "bin"):
            (root / part).mkdir(parents=True)
        (root / "etc/etcd/pgha/root-password").write_text("x")
        (root / "etc/etcd/pgha/endpoints").write_text("https://10.0.0.1:2379,https://10.0.0.2:2379,https://10.0.0.3:2379\n")
        (root / "etc/default/etcd").write_text('ETCD_ADVERTISE_CLIENT_URLS="https://10.0.0.2:2379"\n')
        if data:
            (root / "var/lib/etcd/pgha/member").mkdir()
        unit = root / "run/systemd/system/etcd.service.d/pgha-new-majority.conf"
        tools = {
            # Alone it is healthy once it was started with the setting.
            "usr/local/sbin/pgha-etcdctl": f'[ -e {root}/forced ] || {"true" if healthy else "{ echo no leader; false; }"}',
            "bin/systemctl": f'echo "$*" >>{root}/said; case "$*" in "start etcd") {"" if starts else "exit 1;"} '
                             f'grep -q FORCE_NEW_CLUSTER=true {unit} && touch {root}/forced ;; esac',
            "bin/curl": f'for p in {peers or "none"}; do case "$*" in *"https://$p:2380/members"*) exit 0 ;; esac; done; exit 7',
            "bin/journalctl": "echo panic: no space",
            "bin/id": "echo 0",
        }
        for name, text in tools.items():
            (root / name).write_text("#!/bin/bash\n" + text + "\n")
            (root / name).chmod(0o755)
        text = (RESOURCES / "etcd/pgha-etcd-new-majority").read_text()
        text = re.sub(r"(?<![\w$}/])/(etc|var|usr/local|run)(?=/)", rf"{root}/\1", text)
        done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False,
                              env={"PATH": f"{root}/bin:{os.environ['PATH']}"})
        said = (root / "said").read_text() if (root / "said").exists() else ""
        self.assertFalse(unit.exists(), "the setting must not be there at the next start")
        return done, said

    def test_a_member_that_is_left_becomes_the_first_of_a_new_majority(self):
        done, said = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("etcd has a majority again", done.stdout)
        self.assertEqual(said.splitlines(), ["daemon-reload", "stop etcd", "reset-failed etcd", "start etcd", "daemon-reload"])

    def test_not_while_there_is_a_majority(self):
        done, said = self.run_it(healthy=True)
        self.assertEqual((done.returncode, said), (1, ""))
        self.assertIn("etcd has a majority (https://10.0.0.1:2379 is healthy)", done.stderr)

    def test_not_while_another_member_runs(self):
        done, said = self.run_it(peers="10.0.0.3")
        self.assertEqual((done.returncode, said), (1, ""))
        self.assertIn("https://10.0.0.3:2379 runs too", done.stderr)
        self.assertIn("raft index", done.stderr)
        self.assertEqual(self.run_it(peers="10.0.0.2")[0].returncode, 0, "its own")

    def test_not_without_data(self):
        done, said = self.run_it(data=False)
        self.assertEqual((done.returncode, said), (1, ""))
        self.assertIn("has no data", done.stderr)

    def test_the_setting_goes_also_where_etcd_does_not_start(self):
        done, said = self.run_it(starts=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("etcd doesn't start: panic: no space", done.stderr)
        self.assertTrue(said.endswith("daemon-reload\n"))


if __name__ == "__main__":
    unittest.main()
