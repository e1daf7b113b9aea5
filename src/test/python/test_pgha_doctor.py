"""Tests of pgha-doctor: what it makes of what it sees, and its looks at files and a whole host made of stand-ins."""
import contextlib
import io
import json
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import program

doctor = program.load("host/pgha-doctor")

DAY = 86400


class Files(unittest.TestCase):
    WANTED = doctor.File("aa", "0600", "etcd:etcd")

    def test_manifest(self):
        self.assertEqual({"/etc/a b": doctor.File("aa", "0644", "root:root"), "/c": self.WANTED},
                         doctor.read_manifest(["aa 0644 root:root /etc/a b", "aa 0600 etcd:etcd /c"]))

    def test_as_it_shall_be(self):
        self.assertEqual([], doctor.file_faults("/f", self.WANTED, doctor.File("aa", "0600", "etcd:etcd")))

    def test_everything_else(self):
        self.assertEqual(["/f is missing"], doctor.file_faults("/f", self.WANTED, None))
        self.assertEqual(["/f is no plain file any more"],
                         doctor.file_faults("/f", self.WANTED, doctor.File(None, "0777", "root:root")))
        self.assertEqual(["/f was changed", "/f belongs to root:root, not to etcd:etcd",
                          "/f has the mode 0644, not 0600"],
                         doctor.file_faults("/f", self.WANTED, doctor.File("bb", "0644", "root:root")))

    def test_a_file_as_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "f")
            self.assertIsNone(doctor.look(path))
            pathlib.Path(path).write_text("hello\n", encoding="utf-8")
            os.chmod(path, 0o640)
            found = doctor.look(path)
            self.assertEqual(("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "0640"),
                             (found.sha256, found.mode))
            os.symlink(path, path + "-link")
            self.assertIsNone(doctor.look(path + "-link").sha256)

    def test_an_owner_that_has_no_name(self):
        self.assertEqual("4294967", doctor.name_of(doctor.pwd.getpwuid, 4294967))
        self.assertEqual("root", doctor.name_of(doctor.pwd.getpwuid, 0))

    def test_what_no_service_has_taken_in(self):
        self.assertEqual(["/etc/x_y is new, and what it is for runs without it: an `up` ended too early"],
                         doctor.pending({"/etc/x_y": self.WANTED, "/etc/z": self.WANTED}, ["_etc_x_y"]))


class Services(unittest.TestCase):
    GOOD = {"Id": "etcd.service", "LoadState": "loaded", "ActiveState": "active", "SubState": "running",
            "UnitFileState": "enabled", "NeedDaemonReload": "no"}

    def test_ours_are_those_whose_configuration_is_ours(self):
        manifest = {"/etc/haproxy/haproxy.cfg": 0, "/etc/keepalived/keepalived.conf": 0, "/x": 0}
        self.assertEqual(["haproxy", "keepalived"], doctor.services(manifest))

    def test_reads_systemctl(self):
        block = "\n".join(f"{key}={value}" for key, value in self.GOOD.items())
        self.assertEqual({"etcd": self.GOOD, "haproxy": {**self.GOOD, "Id": "haproxy.service"}},
                         doctor.units(block + "\n\n" + block.replace("etcd", "haproxy") + "\n"))

    def check(self, *faults, **changes):
        self.assertEqual(list(faults), doctor.unit_faults("etcd", {**self.GOOD, **changes}))

    def test_faults(self):
        self.check()
        self.check("etcd doesn't run: it is failed (failed)", ActiveState="failed", SubState="failed")
        self.check("etcd won't start at the next boot: it is disabled", UnitFileState="disabled")
        self.check("etcd can't run: its unit is masked", LoadState="masked", ActiveState="inactive")
        self.check("etcd can't run: its unit is not-found", LoadState="not-found", UnitFileState="")
        self.check("etcd runs under former settings: systemd hasn't read its unit's files again",
                   NeedDaemonReload="yes")


class Packages(unittest.TestCase):
    def test_installed(self):
        self.assertEqual({"curl": "8.14.1-2"}, doctor.installed(
            "curl installed 8.14.1-2\nhaproxy config-files 3.0.11-1\npatroni not-installed \n"))

    def test_damages(self):
        self.assertEqual(["/usr/bin/arping is missing", "/usr/sbin/haproxy was changed", "/etc/default/haproxy is missing"],
                         doctor.damages(
            "missing     /usr/bin/arping\n??5??????   /usr/sbin/haproxy\n??5?????? c /etc/haproxy/haproxy.cfg\n"
            "missing   c /etc/default/haproxy\nmissing     /usr/share/doc/haproxy/copyright\n"))


class Certificates(unittest.TestCase):
    def check(self, fault, left):
        self.assertEqual(fault, doctor.certificate_fault("/c.pem", 0, 300 * DAY, 300 * DAY - left))

    def test_faults(self):
        self.check(None, 300 * DAY)
        self.check(None, 100 * DAY)
        self.check("/c.pem ends on 1970-10-28, in 99 days: less than a third of its life is left", 100 * DAY - 1)
        self.check("/c.pem ends on 1970-10-28, in 0 days: less than a third of its life is left", 1)
        self.check("/c.pem has expired on 1970-10-28", 0)


class PacketFilter(unittest.TestCase):
    RULES = "table inet pgha {\n\tchain input {\n\t\tpolicy drop;\n\t\ttcp dport 22 accept\n\t}\n}\n"

    def test_faults(self):
        self.assertEqual([], doctor.rule_faults(self.RULES, self.RULES))
        self.assertEqual(["the loaded rules aren't those of /etc/pgha/firewall.nft: lacks 'tcp dport 22 accept', "
                          "has 'tcp dport 23 accept'"],
                         doctor.rule_faults(self.RULES, self.RULES.replace("22", "23")))
        self.assertEqual(["the loaded rules aren't those of /etc/pgha/firewall.nft: lacks 'table inet pgha {', "
                          "lacks 'chain input {', lacks 'policy drop;', lacks 'tcp dport 22 accept', and 2 more"],
                         doctor.rule_faults(self.RULES, ""))


class Etcd(unittest.TestCase):
    WANTED = ["10.0.0.1", "10.0.0.2"]

    @staticmethod
    def member(name, address, **more):
        return {"ID": 1, "name": name, "peerURLs": [f"https://{address}:2380"], **more}

    def check(self, faults, *members):
        self.assertEqual(faults, doctor.etcd_faults(self.WANTED, {"members": list(members)}))

    def test_faults(self):
        one, two = self.member("e1", "10.0.0.1"), self.member("e2", "10.0.0.2")
        self.check([], one, two)
        self.check(["etcd lacks the member on 10.0.0.2"], one)
        self.check(["etcd has a member e9 (10.0.0.9) that isn't wanted"], one, two, self.member("e9", "10.0.0.9"))
        self.check(["etcd has a member without a name (10.0.0.9) that isn't wanted"], one, two,
                   self.member("", "10.0.0.9"))
        self.check(["etcd's member e2 is a learner and has no vote"], one,
                   self.member("e2", "10.0.0.2", isLearner=True))


class Patroni(unittest.TestCase):
    LEADER = {"name": "p1", "role": "leader", "state": "running", "host": "10.0.0.11"}
    STANDBY = {"name": "p2", "role": "quorum_standby", "state": "streaming", "host": "10.0.0.12"}

    def check(self, faults, *members, **more):
        self.assertEqual(faults, doctor.patroni_faults(["10.0.0.11", "10.0.0.12"], {"members": list(members), **more}))

    def test_members(self):
        self.check([], self.LEADER, self.STANDBY)
        self.check(["Patroni lacks the member on 10.0.0.12"], self.LEADER)
        self.check(["no member leads", "Patroni lacks the member on 10.0.0.11"], self.STANDBY)
        self.check(["p2 (quorum_standby) is stopped, not streaming"], self.LEADER, {**self.STANDBY, "state": "stopped"})
        self.check(["Patroni has a member p9 (10.0.0.9) that isn't wanted"], self.LEADER, self.STANDBY,
                   {**self.STANDBY, "name": "p9", "host": "10.0.0.9"})

    def test_what_waits_for_a_restart(self):
        reason = {"shared_buffers": {"old_value": "1GB", "new_value": "2GB"}, "max_connections": {}}
        self.check(["p2 waits for a restart: max_connections, shared_buffers"], self.LEADER,
                   {**self.STANDBY, "pending_restart": True, "pending_restart_reason": reason})
        self.check(["p2 waits for a restart"], self.LEADER, {**self.STANDBY, "pending_restart": True})

    def test_a_pause_is_told_but_is_nothing_that_an_up_ends(self):
        self.check(["the cluster is paused, so nothing fails over; `patronictl resume` ends that, an `up` doesn't"],
                   self.LEADER, self.STANDBY, pause=True)

    def test_what_somebody_scheduled_is_told(self):
        self.check(["p2 is to restart at 2026-12-24T18:00:00+00:00: somebody scheduled that",
                    "a switchover is to be at 2026-12-24T19:00:00+00:00: somebody scheduled that, and no `up` that changes "
                    "something begins before; `patronictl flush CLUSTER switchover` takes it back"],
                   self.LEADER, {**self.STANDBY, "scheduled_restart": {"schedule": "2026-12-24T18:00:00+00:00"}},
                   scheduled_switchover={"at": "2026-12-24T19:00:00+00:00", "from": "p1"})

    WANTED = {"ttl": 20, "synchronous_mode": "quorum", "postgresql": {"use_slots": True,
                                                                      "parameters": {"max_connections": 200}}}

    def settings(self, faults, given):
        self.assertEqual(faults, doctor.setting_faults(self.WANTED, given))

    def test_settings(self):
        given = json.loads(json.dumps(self.WANTED))
        self.settings([], given)
        self.settings([], {**given, "loop_wait": 3})
        self.settings(["Patroni's setting ttl is 40, not 20"], {**given, "ttl": 40})
        self.settings(["Patroni's setting ttl is null, not 20"], {k: v for k, v in given.items() if k != "ttl"})
        self.settings(["Patroni's setting synchronous_mode was changed"], {**given, "synchronous_mode": "on"})
        self.settings(["Patroni's setting postgresql.use_slots is null, not true",
                       "Patroni's setting postgresql.parameters.max_connections is null, not 200"],
                      {**given, "postgresql": None})

    def test_a_parameter_that_was_added_is_named_without_its_value(self):
        given = json.loads(json.dumps(self.WANTED))
        given["postgresql"]["parameters"]["archive_command"] = "curl -u me:secret"
        self.settings(["Patroni's setting postgresql.parameters.archive_command was added"], given)

    def test_what_was_added_to_a_setting_is_named_but_not_what_was_set_beside_it(self):
        slots = {"slots": {"shop": {"type": "physical"}}, "maximum_lag_on_failover": 4}
        given = {**slots, "maximum_lag_on_failover": "4", "ignore_slots": [{"name": "x"}]}
        self.assertEqual(["Patroni's setting slots.other was added"], doctor.setting_faults(
            slots, {**given, "slots": {"other": {}, **slots["slots"]}}))
        self.assertEqual(["Patroni's setting slots.shop.database was added"], doctor.setting_faults(
            slots, {**given, "slots": {"shop": {"type": "physical", "database": "x"}}}))
        self.assertEqual(["Patroni's setting slots.shop.type is null, not \"physical\""],
                         doctor.setting_faults(slots, {**given, "slots": None}))

    def test_what_alter_system_set(self):
        self.assertEqual(["work_mem", "pgha.x"], doctor.altered(
            "# Do not edit this file manually!\n# a = 'b'\nwork_mem = '8MB'\npgha.x = 'it''s = 3'\n"))
        self.assertEqual([], doctor.altered("# Do not edit this file manually!\n"))


class Complaints(unittest.TestCase):
    """What services say in their journals when they can't go on with their data, and what else they say."""

    def test_etcd(self):
        def said(level, msg, **more):
            return doctor.etcd_complaint(["not JSON", "7", json.dumps({"level": level, "msg": msg, **more}),
                                          '{"level":"warn","msg":"rejected connection"}'])
        lost = "tocommit(703) is out of range [lastIndex(695)]. Was the raft log corrupted, truncated, or lost?"
        self.assertEqual(lost, said("panic", lost))
        for error in ("member 805f has already been bootstrapped", "failed to find database snapshot file (snap: no file)",
                      "the member has been permanently removed from the cluster"):
            self.assertEqual(f"discovery failed: {error}", said("fatal", "discovery failed", error=error))
        self.assertIsNone(said("warn", lost))
        self.assertIsNone(said("fatal", "discovery failed", error="open /etc/etcd/pgha/server.pem: permission denied"))
        self.assertIsNone(said("fatal", "discovery failed", error="listen tcp 10.0.0.1:2379: bind: address already in use"))

    def test_postgresql(self):
        for lost in ("requested starting point 0/7000000 on timeline 2 is not in this server's history",
                     "requested timeline 3 is not a child of this server's history",
                     "pg_rewind: error: could not find common ancestor of the source and target cluster's timelines",
                     "could not locate a valid checkpoint record at 0/6002000", 'The database subdirectory "base/5" is missing.',
                     'could not open file "global/pg_filenode.map": No such file or directory',
                     "data dir for the cluster is not empty, but system ID is invalid",
                     "system ID mismatch, node p2 belongs to a different cluster: 7714030753242504461 != 7714040218977037853"):
            with self.subTest(lost):
                lost = lost.removesuffix(".") if lost.startswith("The database") else lost
                self.assertEqual(lost, doctor.postgres_complaint([f"2026-01-01 12:00 [7] FATAL:  {lost}", "the end"]))
        for other in ('could not access file "nolib": No such file or directory', "the database system is starting up",
                      'could not open file "/etc/patroni/tls/x.pem": No such file', 'role "postgres" is not permitted to log in',
                      "terminating connection due to administrator command", "could not load server certificate file"):
            with self.subTest(other):
                self.assertIsNone(doctor.postgres_complaint([f"2026-01-01 12:00 [7] FATAL:  {other}"]))

    def test_folders(self):
        self.assertEqual(["/d is missing"], doctor.folder_faults("/d", "etcd:etcd", None))
        self.assertEqual(["/d belongs to root:root, not to etcd:etcd"],
                         doctor.folder_faults("/d", "etcd:etcd", doctor.File(None, "0700", "root:root")))
        self.assertEqual([], doctor.folder_faults("/d", "etcd:etcd", doctor.File(None, "0750", "etcd:etcd")))


class Balancer(unittest.TestCase):
    STAT = ("# pxname,svname,status,weight\nprimary,FRONTEND,OPEN,\nprimary,p1,UP,1\nprimary,p2,MAINT,1\n"
            "primary,BACKEND,UP,1\nstandbys,p2,DRAIN,1\nstandbys,p3,UP 1/2,1\nmine,m1,MAINT,1\n\n")

    def test_servers(self):
        rows = doctor.servers(self.STAT)
        self.assertEqual([["primary", "p1", "UP"], ["primary", "p2", "MAINT"], ["standbys", "p2", "DRAIN"],
                          ["standbys", "p3", "UP 1/2"], ["mine", "m1", "MAINT"]], rows)
        self.assertEqual(["HAProxy's server p2 of 'primary' was taken out by hand: it is MAINT",
                          "HAProxy's server p2 of 'standbys' was taken out by hand: it is DRAIN"],
                         doctor.server_faults(rows))


class Fencing(unittest.TestCase):
    def test_metrics(self):
        self.assertEqual({"etcd_up": 1, "last": 0.5}, doctor.metrics(
            "# HELP pgha_fence_etcd_up x\npgha_fence_etcd_up{host=\"e1\"} 1\npgha_fence_last{host=\"e1\"} 0.5\n"))


class Commands(unittest.TestCase):
    """Each command notes in a file that it ran."""

    def check(self, script, ran, **options):
        with tempfile.TemporaryDirectory() as folder:
            try:
                script = script.replace("RAN", f"$(wc -l <{folder}/ran)")
                return doctor.run("sh", "-c", f"echo >>{folder}/ran; {script}", **options)
            finally:
                self.assertEqual(ran, len((pathlib.Path(folder) / "ran").read_text(encoding="utf-8").splitlines()))

    def test_one_that_works_runs_once(self):
        self.assertEqual("well\n", self.check("echo well", 1, tries=3))

    def test_one_that_is_slow_for_a_moment_is_tried_again(self):
        self.assertEqual("well\n", self.check("[ RAN -eq 3 ] && echo well", 3, tries=3))

    def test_one_that_fails_says_why(self):
        with self.assertRaisesRegex(doctor.Unseen, "^sh: dark$"):
            self.check("echo dark >&2; exit 1", 1)
        with self.assertRaisesRegex(doctor.Unseen, "^sh: dark$"):
            self.check("echo dark >&2; exit 1", 3, tries=3)

    def test_one_that_may_fail(self):
        self.assertEqual("some\n", self.check("echo some; exit 1", 1, good=(0, 1)))


class Whole(unittest.TestCase):
    """A host that has one service, in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = pathlib.Path(folder.name) / "state"
        for name in ("files", "changed"):
            (self.state / name).mkdir(parents=True)
        (self.state / "lock").touch()
        self.file = pathlib.Path(folder.name) / "f"
        self.file.write_text("hello\n", encoding="utf-8")
        found = doctor.look(str(self.file))
        (self.state / "files" / "f").write_text(f"{found.sha256} {found.mode} {found.owner} {self.file}\n",
                                                encoding="utf-8")
        config = pathlib.Path(folder.name) / "doctor.json"
        config.write_text(json.dumps({"address": "127.0.0.1", "packages": ["etcd-server"], "etcd": [], "postgres": []}),
                          encoding="utf-8")
        self.answers = {
            "dpkg-query": "etcd-server installed 3.5\n", "dpkg": "",
            "systemctl": "Id=etcd.service\nLoadState=loaded\nActiveState=active\nSubState=running\n"
                         "UnitFileState=enabled\nNeedDaemonReload=no\n"}
        for name, value in (("STATE", str(self.state)), ("CONFIG", str(config)), ("SERVICES", {"etcd": str(self.file)}),
                            ("SHARED_FOLDERS", [folder.name + "/drop-ins"]), ("run", self.run_stub), ("FOLDERS", {}),
                            ("ETCD_WAL", folder.name)):
            patch = mock.patch.object(doctor, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.clusters = {"127.0.0.1": "c0ffee"}
        patch = mock.patch.object(doctor.Doctor, "etcd_cluster", lambda _, address: self.clusters.get(address))
        patch.start()
        self.addCleanup(patch.stop)

    def run_stub(self, *command, **_):
        name = os.path.basename(command[0])
        if name == "pgha-etcdctl":
            return {"health": "", "status": '[{"Status": {"leader": 7, "header": {"member_id": 7}}}]',
                    "list": "" if "alarm" in command else '{"members": []}'}[command[4]]
        return self.answers[name]

    def examine(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = doctor.main(list(arguments))
        return code, out.getvalue(), err.getvalue()

    def test_nothing_found(self):
        code, out, _ = self.examine()
        self.assertEqual((0, f"{doctor.socket.gethostname()}: nothing found\n"), (code, out))

    def test_status(self):
        code, out, _ = self.examine("--json")
        self.assertEqual(0, code)
        self.assertEqual({"packages": {"etcd-server": "3.5"}, "services": {"etcd": True},
                          "etcd": {"healthy": True, "leads": True}}, json.loads(out)["status"])

    def test_findings(self):
        self.file.chmod(0o777)
        self.answers["dpkg-query"] = ""
        code, out, _ = self.examine()
        self.assertEqual(1, code)
        lines = out.splitlines()
        self.assertRegex(lines[0], "^files: .*/f has the mode 0777, not 0")
        self.assertEqual("packages: etcd-server isn't installed", lines[1])
        self.assertIn("2 findings. To put back what was changed by hand, raise the stack's configuration key `repair`",
                      lines[2])

    def test_what_cant_be_looked_at_is_a_finding_and_the_rest_is_looked_at(self):
        self.answers["systemctl"] = "nonsense\n"
        self.file.unlink()
        code, out, _ = self.examine("--json")
        self.assertEqual(1, code)
        texts = [finding["text"] for finding in json.loads(out)["findings"]]
        self.assertEqual(f"{self.file} is missing", texts[0])
        self.assertTrue(texts[1].startswith("can't be looked at: "), texts)

    def test_etcds_data_of_another_cluster(self):
        config = json.loads(pathlib.Path(doctor.CONFIG).read_text(encoding="utf-8"))
        config["etcd"] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
        pathlib.Path(doctor.CONFIG).write_text(json.dumps(config), encoding="utf-8")
        self.clusters["127.0.0.3"] = "c0ffee"
        self.assertEqual((0, "", ""), self.examine("--lost", "etcd"))
        self.clusters["127.0.0.3"] = "decaf"
        self.assertEqual((1, "it is of another cluster of etcd, c0ffee, and the others are decaf", ""),
                         self.examine("--lost", "etcd"))

    def test_etcds_data_that_is_gone(self):
        with mock.patch.object(doctor, "ETCD_WAL", "/nowhere/wal"):
            self.assertEqual((1, "/nowhere/wal is missing", ""), self.examine("--lost", "etcd"))
            self.assertIn("etcd: it can't go on with its data: /nowhere/wal is missing. A `repair` copies the data from the"
                          " others\n", self.examine()[1])

    def test_etcd_that_ends(self):
        self.clusters.clear()
        self.answers["journalctl"] = (
            '{"level":"fatal","msg":"discovery failed","error":"member 8 has already been bootstrapped"}\n')
        self.assertEqual((1, "discovery failed: member 8 has already been bootstrapped", ""), self.examine("--lost", "etcd"))
        self.answers["journalctl"] = ""
        self.assertEqual((0, "", ""), self.examine("--lost", "etcd"))

    def lost_postgres(self, told, journal="", then=None):
        """told: what Patroni says, None if it doesn't answer; then: what it says at the last look."""
        answers = [told] * doctor.LOOKS + [then or told]
        self.answers["journalctl"] = journal
        with mock.patch.object(doctor, "POSTGRES_DATA", str(self.state / "data")), \
                mock.patch.object(doctor, "LOOK_PAUSE", 0), \
                mock.patch.object(doctor.Doctor, "rest", side_effect=doctor.Unseen("none") if told is None else answers):
            code, out, _ = self.examine("--lost", "patroni")
            self.assertEqual(1 if out else 0, code)
            return out

    def test_postgresqls_data_half_copied(self):
        (self.state / "data").mkdir()
        (self.state / "data" / "f").touch()
        missing = f"{self.state}/data/global/pg_control is missing"
        self.assertEqual(missing, self.lost_postgres(None))
        self.assertEqual(missing, self.lost_postgres({"state": "running", "role": "primary"}))
        self.assertEqual("", self.lost_postgres({"state": "creating replica", "role": "uninitialized"}))
        (self.state / "data" / "f").unlink()
        self.assertEqual("", self.lost_postgres({"state": "stopped", "role": "uninitialized"}))

    def test_postgresqls_data_that_is_there(self):
        (self.state / "data" / "global").mkdir(parents=True)
        (self.state / "data" / "global" / "pg_control").touch()
        gone = "requested WAL segment 000000010000000000000003 has already been removed"
        journal = f"2026-01-01 [7] FATAL:  could not receive data from WAL stream: ERROR:  {gone}\nLOG:  waiting for WAL\n"
        self.assertEqual("", self.lost_postgres({"state": "running", "role": "primary"}, journal))
        streams = {"state": "running", "role": "replica", "replication_state": "streaming"}
        self.assertEqual("", self.lost_postgres(streams, journal))
        # It asks again and again, and seems to stream for a moment each time.
        self.assertEqual(gone, self.lost_postgres(streams, journal, {"state": "running", "role": "replica"}))
        self.assertEqual(gone, self.lost_postgres({"state": "running", "role": "replica"}, journal))
        self.assertEqual(gone, self.lost_postgres(None, journal))

    def test_an_up_at_work_is_told(self):
        with open(self.state / "lock", encoding="utf-8") as lock:
            doctor.fcntl.flock(lock, doctor.fcntl.LOCK_EX)
            code, out, _ = self.examine()
        self.assertEqual(0, code)
        self.assertIn("information: files: an `up` is at work on this host", out)

    def test_a_host_without_pgha(self):
        with mock.patch.object(doctor, "CONFIG", "/nowhere/doctor.json"):
            code, out, err = self.examine()
        self.assertEqual((2, ""), (code, out))
        self.assertEqual("pgha-doctor: /nowhere/doctor.json: No such file or directory; it runs as root, on a host that"
                         " `pulumi up` has made\n", err)

    def test_usage(self):
        code, _, err = self.examine("--yaml")
        self.assertEqual(2, code)
        self.assertTrue(err.startswith("usage: pgha-doctor [--json]"), err)


class VirtualAddress(unittest.TestCase):
    def test_who_answers(self):
        said = """ARPING 10.0.0.50 from 10.0.0.11 eth0
Unicast reply from 10.0.0.50 [02:00:00:00:00:0C] 0.7ms
Unicast reply from 10.0.0.50 [02:00:00:00:00:0B] 0.9ms
Unicast reply from 10.0.0.50 [02:00:00:00:00:0C] 0.7ms
Sent 2 probes (2 broadcast(s))
Received 3 response(s)
"""
        self.assertEqual(["02:00:00:00:00:0b", "02:00:00:00:00:0c"], doctor.cards(said))
        self.assertEqual([], doctor.cards("ARPING 10.0.0.50 from 10.0.0.11 eth0\nSent 2 probes (2 broadcast(s))\n"))

    def test_one_answers(self):
        self.assertEqual([], doctor.address_faults("10.0.0.50", True, []))
        self.assertEqual([], doctor.address_faults("10.0.0.50", False, ["a"]))
        self.assertEqual(["nobody answers for the virtual address 10.0.0.50 on this host's network"],
                         doctor.address_faults("10.0.0.50", False, []))
        self.assertEqual(["this host has the virtual address 10.0.0.50, and a answers for it, too"],
                         doctor.address_faults("10.0.0.50", True, ["a"]))
        self.assertEqual(["a, b all answer for the virtual address 10.0.0.50"],
                         doctor.address_faults("10.0.0.50", False, ["a", "b"]))


if __name__ == "__main__":
    unittest.main()
