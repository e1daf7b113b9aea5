"""Tests of pgha-liveness: its decision, case by case, and what it sees of real processes, some of them stopped."""
import contextlib
import dataclasses
import io
import itertools
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

import program

liveness = program.load("patroni/pgha-liveness")

WELL = liveness.View(needed=4)
HUNG = dataclasses.replace(WELL, postmaster=4.0, cluster=liveness.Cluster(leads=True, standbys=2))
FROZEN = dataclasses.replace(WELL, blocked=4.0, write=4.0, disk=4.0, cluster=liveness.Cluster(leads=True, standbys=2))


class Decide(unittest.TestCase):
    def check(self, action, code, view, **changes):
        decision = liveness.decide(dataclasses.replace(view, **changes))
        self.assertEqual((action, code), (decision.action, decision.code), decision.reason)

    def test_all_is_well(self):
        self.check("watch", "well", WELL)
        self.check("watch", "well", WELL, patroni=3.9, postmaster=3.9, blocked=3.9, write=3.9, disk=60.0)

    def test_patroni_hangs(self):
        self.check("patroni", "patroni-hangs", WELL, patroni=4.0)
        self.check("wait", "recent", WELL, patroni=4.0, since_patroni=29.9)
        self.check("patroni", "patroni-hangs", WELL, patroni=4.0, since_patroni=30.0)
        # It is the one that would have to do what follows.
        self.check("patroni", "patroni-hangs", HUNG, patroni=4.0)

    def test_postgresql_hangs(self):
        self.check("postgres", "postgres-hangs", HUNG)
        self.check("watch", "well", HUNG, postmaster=3.9)
        self.check("wait", "recent", HUNG, since_postgres=0.5)
        self.check("ask", "ask", HUNG, cluster=None)
        # A standby, and a primary without one: started again, either is well.
        self.check("postgres", "postgres-hangs", HUNG, cluster=liveness.Cluster(leads=False, standbys=0))

    def test_maintenance(self):
        for view in HUNG, FROZEN:
            self.check("wait", "paused", view, cluster=liveness.Cluster(paused=True, leads=True, standbys=2))
            self.check("wait", "cluster-unknown", view, cluster=liveness.Cluster("timed out"))

    def test_storage_is_frozen(self):
        self.check("postgres", "storage-frozen", FROZEN)
        self.check("ask", "ask", FROZEN, cluster=None)
        self.check("wait", "recent", FROZEN, since_postgres=29.9)
        self.check("wait", "standby", FROZEN, cluster=liveness.Cluster(leads=False, standbys=2))
        self.check("wait", "no-standby", FROZEN, cluster=liveness.Cluster(leads=True, standbys=0))

    def test_storage_that_is_slow(self):
        for disk in (None, 0.0, 3.9):
            self.check("wait", "storage-slow", FROZEN, disk=disk)

    def test_one_long_wait_alone_says_nothing(self):
        self.check("watch", "well", FROZEN, write=None)
        self.check("watch", "well", FROZEN, write=3.9)
        self.check("watch", "well", FROZEN, blocked=None)
        self.check("watch", "well", FROZEN, blocked=3.9)

    def test_whatever_is_uncertain_nothing_is_ended(self):
        """All combinations: an end comes out of the one in which nothing is uncertain, and of no other."""
        doubts = {"blocked": 3.0, "write": None, "disk": None, "since_postgres": 5.0,
                  "cluster": liveness.Cluster(paused=True, leads=True, standbys=2)}
        ends = []
        for taken in itertools.product((False, True), repeat=len(doubts)):
            chosen = {key: value for take, (key, value) in zip(taken, doubts.items()) if take}
            if liveness.decide(dataclasses.replace(FROZEN, **chosen)).action == "postgres":
                ends.append(chosen)
        self.assertEqual([{}], ends)


class Stillnesses(unittest.TestCase):
    def seconds(self, *looks, now):
        stillness = liveness.Stillness()
        for at, found in looks:
            stillness.looked(at, found)
        return stillness.seconds(now)

    def test_counts_from_the_last_look_at_which_it_had_run(self):
        still = liveness.Look("T", (7,))
        self.assertEqual(2.5, self.seconds((10, liveness.Look("S", (6,))), (10.5, still), (13, still), now=13))

    def test_whoever_waits_for_a_processor_is_slow(self):
        waits = liveness.Look("SR", (7, 8))
        self.assertEqual(0, self.seconds((10, waits), (14, waits), now=14))

    def test_one_thread_that_runs_is_enough(self):
        self.assertEqual(0, self.seconds((10, liveness.Look("SS", (7, 8))), (14, liveness.Look("SS", (7, 9))), now=14))

    def test_nobody_is_there(self):
        self.assertEqual(0, self.seconds((10, liveness.Look("T", (7,))), (14, None), now=20))


SERVER = """
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("ready", flush=True)
if sys.argv[2] == "busy":
    while True:
        pass
while True:
    s.accept()[0].close()
"""


class Processes(unittest.TestCase):
    """Real processes, and real time: what it looks at is the kernel's."""

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory())

    def serve(self, kind="idle"):
        path = os.path.join(self.folder, kind)
        server = self.stack.enter_context(subprocess.Popen(
            [sys.executable, "-c", SERVER, path, kind], stdout=subprocess.PIPE, text=True))
        self.stack.callback(server.kill)
        self.assertEqual("ready\n", server.stdout.readline())
        watched = liveness.Watched(server.pid, liveness.Door(socket.AF_UNIX, path))
        self.stack.callback(watched.close)
        return server, watched

    def longest(self, watched, seconds):
        longest, end = 0.0, time.monotonic() + seconds
        while time.monotonic() < end:
            longest = max(longest, watched.look(time.monotonic()) or 0.0)
            time.sleep(0.05)
        return longest

    def test_a_process_that_sleeps_until_somebody_comes_is_well(self):
        _, watched = self.serve()
        with mock.patch.object(liveness, "IDLE", 0.3), mock.patch.object(liveness, "KNOCK_EVERY", 0.0):
            self.assertLess(self.longest(watched, 1.5), 0.3)
        self.assertIsNotNone(watched.door.last)

    def test_a_process_that_is_stopped_hangs_until_it_goes_on(self):
        server, watched = self.serve()
        os.kill(server.pid, signal.SIGSTOP)
        self.assertGreater(self.longest(watched, 1.0), 0.7)
        os.kill(server.pid, signal.SIGCONT)
        time.sleep(0.2)
        self.assertIsNone(watched.look(time.monotonic()))
        self.assertLess(self.longest(watched, 0.5), 0.3)

    def test_a_process_that_takes_no_knock_because_it_works_is_well(self):
        _, watched = self.serve("busy")
        with mock.patch.object(liveness, "IDLE", 0.0), mock.patch.object(liveness, "KNOCK_EVERY", 0.0):
            self.assertEqual(0.0, self.longest(watched, 1.0))

    def test_without_a_door_nothing_is_known(self):
        server, watched = self.serve()
        os.unlink(watched.door.address)
        os.kill(server.pid, signal.SIGSTOP)
        self.assertEqual(0.0, self.longest(watched, 1.0))

    def test_what_is_killed_is_gone(self):
        server, watched = self.serve()
        os.kill(server.pid, signal.SIGSTOP)
        self.assertFalse(watched.gone())
        watched.kill()
        self.assertEqual(-signal.SIGKILL, server.wait(10))
        self.assertTrue(watched.gone())
        # Not another one that has its number.
        with self.assertRaises(ProcessLookupError):
            watched.kill()

    def test_postgresql_is_killed_with_all_of_its_processes(self):
        parent = self.stack.enter_context(subprocess.Popen(
            ["sh", "-c", "sleep 60 & sleep 60 & echo; wait"], stdout=subprocess.PIPE))
        self.stack.callback(parent.kill)
        parent.stdout.readline()
        pids = liveness.children(parent.pid)
        self.assertEqual(2, len(pids))
        handles = [os.pidfd_open(pid) for pid in pids]
        for pid in (parent.pid, *pids):
            os.kill(pid, signal.SIGSTOP)
        service = liveness.Liveness("pg1", "127.0.0.1", 4.0, self.folder)
        service.postmaster = liveness.Watched(parent.pid, liveness.Door(socket.AF_UNIX, "/nowhere"))
        self.stack.callback(service.postmaster.close)
        service.end_postgres()
        self.assertEqual(-signal.SIGKILL, parent.wait(10))
        for handle in handles:
            self.stack.callback(os.close, handle)
            deadline = time.monotonic() + 10
            with contextlib.suppress(ProcessLookupError):
                while time.monotonic() < deadline:
                    signal.pidfd_send_signal(handle, 0)
                    time.sleep(0.01)
                self.fail("a process of PostgreSQL outlived it")


class Proc(unittest.TestCase):
    """What can't be had of real processes in a test: files as /proc has them."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.proc = folder.name

    def process(self, pid, state, switches, comm="postgres", parent=1):
        path = pathlib.Path(self.proc, str(pid), "task", str(pid))
        path.mkdir(parents=True, exist_ok=True)
        pathlib.Path(self.proc, str(pid), "stat").write_text(f"{pid} ({comm}) {state} {parent} 1 1\n", encoding="ascii")
        (path / "status").write_text(f"Name:\t{comm}\nState:\t{state} (...)\nvoluntary_ctxt_switches:\t{switches}\n"
                                     "nonvoluntary_ctxt_switches:\t2\n", encoding="ascii")

    def test_waits_for_storage(self):
        waits = liveness.Waits()
        self.process(11, "D", 5)
        self.process(12, "S", 5)
        self.assertEqual(0.0, waits.look(10, [11, 12, 13], self.proc))
        self.assertEqual(3.0, waits.look(13, [11, 12, 13], self.proc))
        # It has run, and waits for the next block.
        self.process(11, "D", 6)
        self.assertEqual(0.0, waits.look(14, [11, 12, 13], self.proc))
        self.process(11, "S", 6)
        self.assertIsNone(waits.look(15, [11, 12, 13], self.proc))
        self.process(11, "D", 6)
        self.assertEqual(0.0, waits.look(20, [11, 12, 13], self.proc))

    def test_a_first_process_that_waits_for_storage_is_no_hung_one(self):
        watched = liveness.Watched(os.getpid(), liveness.Door(socket.AF_UNIX, "/nowhere"))
        self.addCleanup(watched.close)
        with mock.patch.object(liveness, "look", return_value=liveness.Look("D", (7,))):
            self.assertEqual([None] * 3, [watched.look(now) for now in (10, 14, 18)])

    def test_patroni_is_found_among_the_processes_of_its_group(self):
        group = pathlib.Path(self.proc, "group")
        group.mkdir()
        (group / "cgroup.procs").write_text("11\n12\n13\n14\n15\n", encoding="ascii")
        self.process(11, "S", 1)  # PostgreSQL's first one
        self.process(12, "S", 1, parent=11)
        self.process(13, "S", 1, comm="patroni", parent=14)  # what it runs on its own
        self.assertIsNone(liveness.find_patroni(str(group), self.proc))
        self.process(14, "S", 1, comm="patroni")
        self.assertEqual(14, liveness.find_patroni(str(group), self.proc))
        self.assertIsNone(liveness.find_patroni(str(group) + "-gone", self.proc))

    def test_postgresql_is_found_by_the_file_that_it_keeps(self):
        def told(pid):
            pathlib.Path(self.proc, "postmaster.pid").write_text(
                f"{pid}\n{self.proc}\n1\n5432\n/run/postgresql\n127.0.0.1\n", encoding="ascii")
            return liveness.find_postmaster(self.proc)

        with subprocess.Popen(["sleep", "60"], cwd=self.proc) as ours:
            self.addCleanup(ours.kill)
            self.assertEqual((ours.pid, "/run/postgresql/.s.PGSQL.5432"), told(ours.pid))
            # A crash left the file behind, and its number is somebody else's.
            self.assertIsNone(told(os.getpid()))
            ours.kill()
        self.assertIsNone(told(ours.pid))
        os.unlink(os.path.join(self.proc, "postmaster.pid"))
        self.assertIsNone(liveness.find_postmaster(self.proc))


class Disks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sys = pathlib.Path(folder.name)
        number = os.stat(self.sys).st_dev
        self.own = self.sys / f"{os.major(number)}:{os.minor(number)}"
        self.disk = liveness.Disk(str(self.sys), str(self.sys))

    def device(self, path, done, under_way=0):
        path.mkdir(exist_ok=True)
        (path / "stat").write_text(f"{done} 0 0 0 0 0 0 0 {under_way} 0 0 0 0 0 0 0 0\n", encoding="ascii")

    def test_unknown(self):
        self.disk.find()
        self.assertIsNone(self.disk.idle(10))

    def test_nothing_is_completed(self):
        self.device(self.own, 5)
        self.disk.find()
        self.assertEqual([0, 3, 4], [self.disk.idle(now) for now in (10, 13, 14)])
        self.device(self.own, 6)
        self.assertEqual([0, 2], [self.disk.idle(now) for now in (15, 17)])

    def test_what_was_passed_on_may_wait_behind_others(self):
        below = self.sys / "disk"
        self.device(self.own, 5, under_way=1)
        (self.own / "slaves").mkdir()
        self.device(below, 100)
        (self.own / "slaves" / "disk").symlink_to(below)
        self.disk.find()
        self.assertEqual(0, self.disk.idle(10))
        self.device(below, 101)
        self.assertEqual(0, self.disk.idle(13))
        self.assertEqual(4, self.disk.idle(17))
        # Nothing was passed on, as by a volume that is suspended: what others do says nothing.
        self.device(self.own, 5)
        self.assertEqual(0, self.disk.idle(18))
        self.device(below, 102)
        self.assertEqual(4, self.disk.idle(22))

    def test_a_partition_and_what_is_below(self):
        disk = self.sys / "sda"
        self.device(disk, 1)
        (disk / "slaves").mkdir()
        self.device(disk / "sda1", 1)
        (disk / "sda1" / "partition").write_text("1\n", encoding="ascii")
        self.assertEqual([str(disk)], liveness.lower(str(disk / "sda1")))

    def test_a_write_ends(self):
        write = liveness.Write(str(self.sys))
        write.begin(10)
        deadline = time.monotonic() + 10
        while write.seconds(12) is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIsNone(write.seconds(12))
        self.assertEqual([], list(self.sys.iterdir()))
        # One that can't be made has been answered.
        write = liveness.Write(str(self.sys / "nowhere"))
        write.begin(10)
        while write.seconds(12) is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIsNone(write.seconds(12))


class Clusters(unittest.TestCase):
    def test_what_patroni_says(self):
        members = [{"name": "pg1", "role": "leader", "state": "running"},
                   {"name": "pg2", "role": "quorum_standby", "state": "streaming"},
                   {"name": "pg3", "role": "replica", "state": "starting"}]
        self.assertEqual(liveness.Cluster(None, False, True, 1), liveness.read_cluster("pg1", {"members": members}))
        self.assertEqual(liveness.Cluster(None, True, False, 0),
                         liveness.read_cluster("pg2", {"members": members, "pause": True}))

    def test_nobody_says_anything(self):
        self.assertIsNotNone(liveness.ask_cluster("pg1", "127.0.0.1").error)


class Rounds(unittest.TestCase):
    """The service with processes and a clock in memory."""

    class Fake:
        def __init__(self, pid):
            self.pid, self.hangs, self.killed = pid, None, 0
            self.stillness, self.door = None, mock.Mock()

        def look(self, now):
            del now
            return self.hangs

        def gone(self):
            return False

        def kill(self):
            self.killed += 1

    def setUp(self):
        self.service = liveness.Liveness("pg1", "127.0.0.1", 4.0, "/nowhere")
        self.patroni, self.postgres = self.Fake(11), self.Fake(12)
        self.service.patroni, self.service.postmaster = self.patroni, self.postgres
        self.now = 100.0
        self.answer = liveness.Cluster(leads=True, standbys=2)
        self.lines = []
        for patch in (mock.patch.object(liveness.time, "monotonic", lambda: self.now),
                      mock.patch.object(liveness, "log", lambda text, level=6: self.lines.append(text)),
                      mock.patch.object(liveness, "children", lambda pid: []),
                      mock.patch.object(self.service, "ask", self.ask)):
            patch.start()
            self.addCleanup(patch.stop)

    def ask(self):
        self.service.cluster = (self.answer, self.now)

    def rounds(self, number):
        for _ in range(number):
            self.service.round()
            self.now += liveness.ROUND

    def test_postgresql_hangs(self):
        self.rounds(2)
        self.postgres.hangs = 4.0
        self.rounds(2)
        self.assertEqual((0, 1), (self.patroni.killed, self.postgres.killed))
        # It is not ended again and again.
        self.rounds(20)
        self.assertEqual(1, self.postgres.killed)
        self.assertEqual(["Patroni and PostgreSQL run",
                          "PostgreSQL has not run for 4 s, and takes no connection: it is ended",
                          "PostgreSQL hangs again within 30 s; nothing is ended"], self.lines)

    def test_patroni_hangs(self):
        self.patroni.hangs = 4.0
        self.rounds(1)
        self.assertEqual((1, 0), (self.patroni.killed, self.postgres.killed))

    def test_paused(self):
        self.answer = liveness.Cluster(paused=True, leads=True, standbys=2)
        self.postgres.hangs = 4.0
        self.rounds(100)
        self.assertEqual(0, self.postgres.killed)
        self.assertIn("PostgreSQL has not run for 4 s, and takes no connection, but the cluster is paused;"
                      " nothing is ended", self.lines)

    def test_an_old_answer_counts_for_nothing(self):
        self.service.cluster = (self.answer, self.now - 2.0)
        self.answer = liveness.Cluster(paused=True)
        self.postgres.hangs = 4.0
        self.rounds(2)
        self.assertEqual(0, self.postgres.killed)

    def test_a_host_that_stood_still_begins_anew(self):
        self.rounds(1)
        self.now += 60
        before = self.service.waits
        self.rounds(1)
        self.assertIsInstance(self.patroni.stillness, liveness.Stillness)
        self.postgres.door.leave.assert_called()
        self.assertIsNot(before, self.service.waits)


class Readers(unittest.TestCase):
    APP, MEMBER = "app shop 10.0.0.9(40000) START_REPLICATION", "replicator 10.0.0.12(40001) streaming 0/3000148"

    def hung(self, *rounds):
        """rounds: seconds, whether all is written, titles, processes with something unsent. What is ended in the last one."""
        readers = liveness.Readers()
        found = []
        for now, written, titles, *stuck in rounds:
            found = readers.hung(now, True, written, {pid: (title, pid in stuck) for pid, title in titles.items()})
        return found

    def test_who_says_nothing_is_ended_and_a_member_only_when_all_is_written(self):
        both = {1: self.APP, 2: self.MEMBER}
        self.assertEqual([], self.hung((0, False, both), (2.5, False, both)))
        self.assertEqual([1], self.hung((0, False, both), (9, False, both)))
        self.assertEqual([], self.hung((0, False, both), (9, True, both)))
        self.assertEqual([1, 2], self.hung((0, False, both), (1, True, both), (4, True, both)))
        self.assertEqual([], self.hung(*[(now, True, {2: "replicator 10.0.0.12(40001)"}) for now in (0, 9)]))

    def test_a_member_that_takes_nothing_is_ended_before(self):
        self.assertEqual([2], self.hung(*[(now, False, {2: self.MEMBER}, 2) for now in (0, 3)]))
        self.assertEqual([], self.hung((0, False, {2: self.MEMBER}, 2), (2, False, {2: self.MEMBER}),
                                       (4, False, {2: self.MEMBER}, 2)))

    def test_who_comes_by_the_socket_is_no_member(self):
        self.assertEqual([3], self.hung(*[(now, False, {3: "replicator [local] streaming 0/3"}) for now in (0, 3)]))

    def test_who_goes_on_is_waited_for(self):
        self.assertEqual([], self.hung((0, True, {2: self.MEMBER}, 2), (2, True, {2: self.MEMBER + "0"}, 2),
                                       (4, True, {2: self.MEMBER + "0"}, 2)))

    def test_nobody_is_ended_while_postgresql_runs(self):
        readers = liveness.Readers()
        readers.hung(0, True, True, {1: (self.APP, True)})
        self.assertEqual([], readers.hung(9, False, True, {1: (self.APP, True)}))
        self.assertEqual([], readers.hung(10, True, True, {1: (self.APP, True)}))

    def test_what_a_connection_has_not_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as sends:
            takes, _ = server.accept()
            with takes:
                self.assertFalse(liveness.unsent(os.getpid()))
                sends.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    while True:
                        sends.send(bytes(65536))
                self.assertTrue(liveness.unsent(os.getpid()))
        self.assertFalse(liveness.unsent(0))

    def test_titles(self):
        with tempfile.TemporaryDirectory() as proc:
            for pid, title in enumerate(["postgres: pgha: walsender replicator 10.0.0.12(4) streaming 0/3\0\0",
                                         "postgres: walsender app 10.0.0.9(4) idle", "postgres: pgha: checkpointer \0"]):
                pathlib.Path(proc, str(pid)).mkdir()
                pathlib.Path(proc, str(pid), "cmdline").write_text(title)
            self.assertEqual(["replicator 10.0.0.12(4) streaming 0/3", "app 10.0.0.9(4) idle", None, None],
                             [liveness.walsender(pid, proc) for pid in range(4)])

    def test_what_a_server_that_stops_leaves_in_its_files(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertEqual((False, False), liveness.stopping(data))
            pathlib.Path(data, "global").mkdir()
            for status, state in ("ready", 6), ("stopping", 6), ("stopping", 1):
                pathlib.Path(data, "postmaster.pid").write_text(f"1\n{data}\n0\n5432\n/run\n\n\n{status}   \n")
                pathlib.Path(data, "global/pg_control").write_bytes(struct.pack("=QIII", 7, 1300, 202406281, state) + bytes(8172))
                self.assertEqual((status == "stopping", state == 1), liveness.stopping(data))


class Journal(unittest.TestCase):
    def test_a_journal_that_hangs_is_not_waited_for(self):
        with mock.patch.object(liveness.os, "write", side_effect=BlockingIOError):
            liveness.log("lost")

    def test_levels(self):
        with mock.patch.object(liveness.os, "write") as write, contextlib.redirect_stdout(io.StringIO()):
            liveness.log("text", 4)
        write.assert_called_once_with(1, b"<4>text\n")


if __name__ == "__main__":
    unittest.main()
