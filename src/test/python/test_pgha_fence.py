"""Tests of pgha-fence: its decision, case by case, and its rounds against an etcd and a Proxmox in memory."""
import base64
import contextlib
import dataclasses
import errno
import http.client
import http.server
import io
import itertools
import json
import re
import socket
import threading
import time
import unittest

import program

fence = program.load("fencing/pgha-fence")

MEMBERS = ("pg1", "pg2", "pg3")
HOSTS = ("etcd1", "etcd2", "etcd3")


def opinion(host, silent=None, leader="pg1", revision=7, fresh=True):
    return fence.Opinion(host, leader, revision, {"pg1": 2.5} if silent is None else silent, fresh)


def standby(name, **values):
    return fence.Standby(**{"name": name, "position": 1000, **values})


CERTAIN = fence.View(
    host="etcd1", voters=3, members=MEMBERS, needed_silence=2, interval=600, leader="pg1", revision=7,
    silent={"pg1": 2.5}, opinions=tuple(opinion(host) for host in HOSTS), written=1000,
    standbys=(standby("pg2"), standby("pg3")), machine=fence.Machine(None, "running", "pg1", ""))

QUORUM = fence.Sync("pg1", ("pg2", "pg3"), 1, True)
ONE = fence.Sync("pg1", ("pg2",), 0, False)


class Decide(unittest.TestCase):
    """Each case changes one thing of a view in which all is certain."""

    def check(self, action, code, **changes):
        view = dataclasses.replace(CERTAIN, **changes)
        decision = fence.decide(view)
        self.assertEqual((action, code), (decision.action, decision.code), decision.reason)

    def test_all_is_certain(self):
        self.check("stop", "stop")

    def test_a_machine_that_is_off_already(self):
        self.check("stop", "stop", machine=fence.Machine(None, "stopped", "pg1", ""))

    def test_two_of_three_hosts_are_a_majority(self):
        self.check("stop", "stop", opinions=(opinion("etcd1"), opinion("etcd3")))
        self.check("stop", "stop", opinions=(opinion("etcd1"), opinion("etcd2", {}), opinion("etcd3")))

    def test_all_is_well(self):
        self.check("watch", "leader-answers", silent={})
        self.check("watch", "no-leader", leader=None)
        self.check("watch", "leader-answers", silent={"pg2": 60.0})

    def test_etcd_is_unreachable(self):
        self.check("wait", "etcd-unreachable", etcd_error="timed out")

    def test_unknown_leader(self):
        self.check("wait", "unknown-leader", leader="pg9", silent={"pg9": 9.0})

    def test_paused(self):
        self.check("wait", "paused", paused=True)

    def test_switchover_by_hand(self):
        self.check("wait", "switchover", switchover=True)

    def test_two_members_are_silent(self):
        self.check("wait", "more-silent", silent={"pg1": 2.5, "pg2": 0.1})
        self.check("wait", "more-silent", silent={"pg1": 2.5, "pg2": 2.5, "pg3": 2.5})

    def test_the_only_member(self):
        self.check("wait", "no-standby", members=("pg1",))

    def test_recent_fencing(self):
        self.check("wait", "recent", since_last=0.0)
        self.check("wait", "recent", since_last=599.9)
        self.check("stop", "stop", since_last=600.0)

    def test_short_silence(self):
        self.check("wait", "short", silent={"pg1": 1.99})
        self.check("stop", "stop", silent={"pg1": 2.0})

    def test_short_silence_for_the_others(self):
        short = (opinion("etcd2", {"pg1": 1.9}), opinion("etcd3", {"pg1": 0.0}))
        self.check("wait", "short", opinions=(opinion("etcd1"), *short))
        self.check("wait", "short", opinions=(opinion("etcd1"), short[0]))
        # There will never be enough of those who see it at all.
        self.check("wait", "no-majority", opinions=(opinion("etcd1"), opinion("etcd2", {}), opinion("etcd3", {})))

    def test_no_majority(self):
        mine = opinion("etcd1")
        for name, others in {
            "nobody else says anything": (),
            "the others see the leader": (opinion("etcd2", {}), opinion("etcd3", {})),
            "the others see another leader": (opinion("etcd2", leader="pg2"), opinion("etcd3", leader=None)),
            "the others see another leadership": (opinion("etcd2", revision=6), opinion("etcd3", revision=8)),
            "the others spoke too long ago": (opinion("etcd2", fresh=False), opinion("etcd3", fresh=False)),
            "the others see a second one silent": (
                opinion("etcd2", {"pg1": 2.5, "pg2": 0.1}), opinion("etcd3", {"pg1": 2.5, "pg3": 9.0})),
        }.items():
            with self.subTest(name):
                self.check("wait", "no-majority", opinions=(mine, *others))

    def test_a_majority_without_this_host(self):
        self.check("wait", "no-majority", opinions=(opinion("etcd2"), opinion("etcd3")))

    def test_majorities_of_other_numbers_of_hosts(self):
        five = tuple(opinion(f"etcd{n}") for n in range(1, 6))
        self.check("wait", "no-majority", voters=5, opinions=five[:2])
        self.check("stop", "stop", voters=5, opinions=five[:3])
        # Nobody acts alone.
        self.check("wait", "no-majority", voters=1, opinions=five[:1])

    def test_another_instance_acts(self):
        self.check("wait", "not-acting", acting=False)

    def test_standbys_and_proxmox_are_asked_last(self):
        self.check("ask", "ask", standbys=None, machine=None)
        self.check("ask", "ask", machine=None)
        for changes in ({"paused": True}, {"acting": False}, {"since_last": 1.0}, {"silent": {"pg1": 1.0}},
                        {"opinions": ()}, {"silent": {"pg1": 9.0, "pg2": 9.0}}):
            view = dataclasses.replace(CERTAIN, standbys=None, machine=None, **changes)
            self.assertEqual("wait", fence.decide(view).action, changes)

    def test_leader_changed_meanwhile(self):
        self.check("watch", "leader-answers", leader="pg2", revision=9)
        # The same member, but it took the lock anew after the others had spoken.
        self.check("wait", "no-majority", revision=9)

    def test_another_member_is_primary(self):
        self.check("wait", "other-primary", standbys=(standby("pg2", role="primary"), standby("pg3")))
        self.check("wait", "other-primary", standbys=(standby("pg2", role="master"), standby("pg3")))

    def test_no_promotable_standby(self):
        for name, values in {
            "it doesn't answer": {"error": "timed out"},
            "it starts": {"state": "starting"},
            "it may not": {"nofailover": True},
            "it lacks too much": {"position": 0},
        }.items():
            with self.subTest(name):
                both = tuple(standby(n, **values) for n in ("pg2", "pg3"))
                self.check("wait", "no-promotable-standby", standbys=both, written=1048577)
                self.check("stop", "stop", standbys=(both[0], standby("pg3")), written=1000)
        self.check("wait", "no-promotable-standby", standbys=())

    def test_lag_that_patroni_allows(self):
        self.check("stop", "stop", written=1000 + 1048576)
        self.check("wait", "no-promotable-standby", written=1000 + 1048577)
        self.check("wait", "no-promotable-standby", written=1001, maximum_lag=0)

    def test_synchronous(self):
        self.check("stop", "stop", synchronous=True, sync=ONE)
        self.check("stop", "stop", synchronous=True, sync=dataclasses.replace(ONE, standbys=("PG2",)))
        # pg3 is well, but only pg2 is known to have everything.
        self.check("wait", "no-promotable-standby", synchronous=True, sync=ONE,
                   standbys=(standby("pg2", error="timed out"), standby("pg3")))
        self.check("wait", "no-promotable-standby", synchronous=True, sync=None)
        self.check("wait", "no-promotable-standby", synchronous=True, sync=dataclasses.replace(ONE, leader="pg3"))
        self.check("wait", "no-promotable-standby", synchronous=True, sync=dataclasses.replace(ONE, standbys=()))

    def test_quorum(self):
        self.check("stop", "stop", synchronous=True, sync=QUORUM)
        # Either may be the one that lacks the last commit.
        self.check("wait", "no-promotable-standby", synchronous=True, sync=QUORUM,
                   standbys=(standby("pg2"), standby("pg3", state="starting")))
        self.check("stop", "stop", synchronous=True, sync=dataclasses.replace(QUORUM, quorum=0),
                   standbys=(standby("pg2"), standby("pg3", state="starting")))

    def test_proxmox(self):
        for code, machine in {
            "proxmox-unreachable": fence.Machine("timed out"),
            "wrong-machine": fence.Machine(None, "running", "db7", ""),
            "machine-locked": fence.Machine(None, "running", "pg1", "backup"),
            "machine-unknown": fence.Machine(None, "unknown", "pg1", ""),
            "ha-managed": fence.Machine(None, "running", "pg1", "", True),
            "node-offline": fence.Machine("595 No route to host", away="pve1"),
        }.items():
            self.check("wait", code, machine=machine)

    def test_a_dead_node_may_have_left_the_machine_at_work(self):
        view = dataclasses.replace(CERTAIN, machine=fence.Machine("595 No route to host", away="pve1"))
        self.assertEqual("the Proxmox node pve1 of pg1 doesn't answer: the machine may be at work", fence.decide(view).reason)

    def test_a_lock_is_told_in_words(self):
        for lock, words in {"backup": "a backup", "migrate": "a migration", "new-kind": "'new-kind'"}.items():
            view = dataclasses.replace(CERTAIN, machine=fence.Machine(None, "running", "pg1", lock))
            self.assertEqual(f"the machine of pg1 is locked by {words}", fence.decide(view).reason)

    def test_whatever_is_uncertain_nothing_is_stopped(self):
        """All combinations: a stop comes out of the one in which nothing is uncertain, and of no other."""
        doubts = {
            "etcd_error": "timed out", "acting": False, "leader": None, "revision": 8, "silent": {"pg1": 1.0},
            "opinions": (opinion("etcd1"),), "paused": True, "switchover": True, "since_last": 5.0,
            "standbys": (standby("pg2", error="timed out"), standby("pg3", state="stopped")),
            "machine": fence.Machine("403 Permission check failed"),
        }
        stops = []
        for taken in itertools.product((False, True), repeat=len(doubts)):
            chosen = {key: value for take, (key, value) in zip(taken, doubts.items()) if take}
            if fence.decide(dataclasses.replace(CERTAIN, **chosen)).action == "stop":
                stops.append(chosen)
        self.assertEqual([{}], stops)


class Silences(unittest.TestCase):
    def test_counts_from_the_beginning_of_the_first_failed_probe(self):
        silence = fence.Silence()
        for start in (10.0, 10.6, 11.2):
            self.assertIn(silence.seconds(start), (None, 0.0))
            silence.probed(start, start + 0.5, False)
        self.assertAlmostEqual(2.0, silence.seconds(12.0))

    def test_any_answer_ends_it(self):
        silence = fence.Silence()
        for start in (10.0, 10.6, 11.2):
            silence.probed(start, start + 0.5, False)
        silence.probed(11.8, 11.9, True)
        self.assertIsNone(silence.seconds(12.0))

    def test_a_host_that_stood_still_knows_nothing(self):
        silence = fence.Silence()
        for start in (10.0, 10.6, 11.2):
            silence.probed(start, start + 0.5, False)
        silence.probed(11.8, 16.0, False)
        self.assertIsNone(silence.seconds(16.0))

    def test_long_but_few(self):
        silence = fence.Silence()
        silence.probed(10.0, 10.5, False)
        silence.probed(15.0, 15.5, False)
        self.assertEqual(0.0, silence.seconds(16.0))


class Doors(unittest.TestCase):
    def test_an_open_port_and_a_refusal_are_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.assertTrue(fence.opens("127.0.0.1", (port,), 0.2))
        self.assertTrue(fence.opens("127.0.0.1", (port,), 0.2))

    def test_a_full_queue_is_silence(self):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
            address = server.getsockname()
            for _ in range(4):
                s = stack.enter_context(socket.socket())
                s.setblocking(False)
                self.assertIn(s.connect_ex(address), (0, errno.EINPROGRESS))
            self.assertFalse(fence.opens(address[0], (address[1],), 0.2))


class Memory:
    """etcd's keys in memory, as far as the program uses them."""

    def __init__(self):
        self.revision = 1
        self.keys = {}  # key: (value, revision, lease)
        self.leases = set()
        self.number = 100
        self.broken = None

    def client(self):
        memory = self

        class Client:
            def call(self, path, body):
                memory.check()
                if path == "lease/grant":
                    memory.number += 1
                    memory.leases.add(str(memory.number))
                    return {"ID": str(memory.number), "TTL": body["TTL"]}
                assert path == "lease/keepalive", path
                return {"result": {"ID": body["ID"], "TTL": "5"} if body["ID"] in memory.leases else {"ID": body["ID"]}}

            def read(self, *prefixes):
                memory.check()
                return {k: fence.Entry(*v) for k, v in memory.keys.items() if k.startswith(prefixes)}

            def commit(self, conditions, operations):
                memory.check()
                return memory.commit(conditions, operations)

        return Client()

    def check(self):
        if self.broken:
            raise fence.Unavailable(self.broken)

    def commit(self, conditions, operations):
        for c in conditions:
            value, revision, _ = self.keys.get(text(c["key"]), ("", 0, "0"))
            if c["target"] == "MOD" and str(revision) != c["mod_revision"]:
                return False
            if c["target"] == "VALUE" and value != text(c["value"]):
                return False
        self.revision += 1
        for o in operations:
            if "request_put" in o:
                o = o["request_put"]
                lease = self.keys[text(o["key"])][2] if o.get("ignore_lease") else o.get("lease", "0")
                self.keys[text(o["key"])] = (text(o["value"]), self.revision, lease)
            else:
                self.keys.pop(text(o["request_delete_range"]["key"]), None)
        return True

    def put(self, key, value, lease="0"):
        self.revision += 1
        self.keys[key] = (value, self.revision, lease)

    def end(self, lease):
        self.leases.discard(lease)
        self.keys = {k: v for k, v in self.keys.items() if v[2] != lease}

    def json(self, key):
        return json.loads(self.keys[key][0])


def text(encoded):
    return base64.b64decode(encoded).decode()


class FakeProxmox:
    """Machines that are on or off; errors by call: a text, raised instead of the answer."""

    def __init__(self):
        self.status = {m: "running" for m in MEMBERS}
        self.errors = {}
        self.calls = []
        self.before = {}  # by call: what happens just before it
        self.task_running = False
        self.refuses_to_stop = False

    def answer(self, call, name):
        self.before.pop(call, lambda: None)()
        if call in self.errors:
            error = self.errors[call]
            raise error if isinstance(error, Exception) else fence.Unavailable(error)

    def machine(self, name):
        self.answer("machine", name)
        return fence.Machine(None, self.status[name], name, "")

    def power(self, name, what, go=None):
        if go and not go():
            raise fence.Withdrawn
        self.calls.append((what, name))
        self.answer(what, name)
        if not (what == "stop" and self.refuses_to_stop):
            self.status[name] = "stopped" if what == "stop" else "running"
        return "UPID:pve:" + what

    def finished(self, task):
        self.answer("task", task)
        return not self.task_running


@dataclasses.dataclass
class FakeProber:
    value: object = None

    def seconds(self):
        return self.value


@dataclasses.dataclass
class FakeSurvey:
    asked: bool = True
    problem: object = None
    away: dict = dataclasses.field(default_factory=dict)


class Instance:
    """One instance of the service in a cluster in memory."""

    def __init__(self, lab, host):
        self.lab, self.host = lab, host
        config = {"cluster": "c", "host": host, "etcdHosts": list(HOSTS), "silenceSeconds": 2, "intervalSeconds": 600,
                  "members": [{"name": m, "address": "192.0.2.1", "node": "pve", "vmId": 100} for m in MEMBERS]}
        self.probers = {m: FakeProber() for m in MEMBERS}
        self.metrics = fence.Metrics(None, host, "c")
        self.fence = fence.Fence(config, lab.etcd.client(), lab.proxmox, FakeSurvey(), self.probers, self.ask, self.metrics,
                                 lab.aside, lambda: lab.now, lambda: 1e9 + lab.now)

    def ask(self, leader):
        machine = fence.ask_machine(self.lab.proxmox, leader)
        return tuple(standby(m) for m in MEMBERS if m != leader), machine


class Lab(unittest.TestCase):
    """Three instances, three members; pg1 leads."""

    def setUp(self):
        self.now = 1000.0
        self.etcd = Memory()
        self.proxmox = FakeProxmox()
        self.log = io.StringIO()
        self.enterContext = contextlib.ExitStack()
        self.enterContext.enter_context(contextlib.redirect_stdout(self.log))
        self.addCleanup(self.enterContext.close)
        self.etcd.put("/service/c/config", json.dumps({"ttl": 20}))
        self.etcd.put("/service/c/status", json.dumps({"optime": 1000}))
        self.etcd.leases.add("9")
        self.etcd.put("/service/c/members/pg1", json.dumps(
            {"conn_url": "postgres://pg1", "api_url": "https://pg1:8008/patroni", "state": "running"}), "9")
        self.lead("pg1", "9")
        self.slow = None  # work that takes long, if it does
        self.instances = [Instance(self, host) for host in HOSTS]
        self.rounds(2)

    def aside(self, work):
        """What is done apart from the rounds: at once, or when the test says so."""
        if self.slow is None:
            work()
        else:
            self.slow.append(work)

    def finish(self):
        """Lets all that takes long come to its end, and nothing that begins after it."""
        works, self.slow = self.slow, []
        for work in works:
            work()

    def lead(self, member, lease="0"):
        self.etcd.put("/service/c/leader", member, lease)

    def rounds(self, number, seconds=0.3):
        for _ in range(number):
            for instance in self.instances:
                instance.fence.round()
            self.now += seconds

    def silent(self, member, seconds, instances=None):
        for instance in instances or self.instances:
            instance.probers[member].value = seconds

    @property
    def last(self):
        return self.etcd.json("/pgha/c/fence/last")

    @property
    def acting(self):
        return next(i for i in self.instances if self.etcd.keys["/pgha/c/fence/acting"][0] == i.host)

    def die(self, instance):
        """An instance's process ends; its lease runs out."""
        self.instances.remove(instance)
        self.etcd.end(instance.fence.lease)

    def assert_nothing_stopped(self):
        self.assertEqual([], self.proxmox.calls)
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])


class Rounds(Lab):
    def test_one_acts(self):
        self.assertEqual("etcd1", self.acting.host)
        self.assertEqual([1, 0, 0], [i.metrics.values["acting"] for i in self.instances])

    def test_fences_and_starts_again(self):
        self.silent("pg1", 2.5)
        self.rounds(3)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)
        self.assertNotIn("/service/c/leader", self.etcd.keys)
        about = self.etcd.keys["/service/c/members/pg1"]
        self.assertEqual({"conn_url": "postgres://pg1", "state": "stopped"}, json.loads(about[0]))
        self.assertEqual("9", about[2], "it must go with the lease as before")
        self.assertEqual("start", self.last["phase"])
        self.rounds(5)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls, "it must not start before another one leads")
        self.lead("pg2")
        self.rounds(3)
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual("done", self.last["phase"])
        self.assertEqual(1, self.acting.metrics.counters["fencings"])
        self.assertEqual(1, self.acting.metrics.counters["starts"])

    def test_waits_while_a_switchover_is_under_way_only(self):
        self.silent("pg1", 2.5)
        for wanted in ({"leader": "pg1", "member": "pg2"}, {"leader": "pg1"}, {"member": "pg2"}):
            self.etcd.put("/service/c/failover", json.dumps(wanted))
            self.rounds(3)
            self.assert_nothing_stopped()
        scheduled = {"leader": "pg1", "scheduled_at": "1970-01-01T00:00:00+00:00"}
        for wanted in (scheduled, {**scheduled, "scheduled_at": "soon"}):
            self.etcd.put("/service/c/failover", json.dumps(wanted))
            self.rounds(3)
            self.assert_nothing_stopped()
        # What Patroni leaves when it is done.
        self.etcd.put("/service/c/failover", "{}")
        self.rounds(3)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_does_not_wait_for_a_switchover_that_somebody_scheduled_for_later(self):
        self.silent("pg1", 2.5)
        self.etcd.put("/service/c/failover", json.dumps({"leader": "pg1", "scheduled_at": "2999-12-31T23:59:59.9+00:00"}))
        self.rounds(3)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_the_lock_stays_until_the_machine_is_off(self):
        self.silent("pg1", 2.5)
        self.proxmox.refuses_to_stop = True
        self.rounds(5)
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])
        self.proxmox.status["pg1"] = "stopped"
        self.proxmox.task_running = True
        self.rounds(5)
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0], "the task isn't over")
        self.proxmox.task_running = False
        self.rounds(2)
        self.assertNotIn("/service/c/leader", self.etcd.keys)

    def test_a_machine_that_is_off_already_is_not_stopped_but_started(self):
        self.proxmox.status["pg1"] = "stopped"
        self.silent("pg1", 2.5)
        self.rounds(3)
        self.assertNotIn("/service/c/leader", self.etcd.keys)
        self.lead("pg3")
        self.rounds(3)
        self.assertEqual([("start", "pg1")], self.proxmox.calls)

    def test_a_machine_that_does_not_go_off(self):
        self.silent("pg1", 2.5)
        self.proxmox.refuses_to_stop = True
        self.rounds(int(fence.STOP / 0.3) - 10)
        self.assertEqual("stop", self.last["phase"])
        self.rounds(20)
        self.assertEqual("abandoned", self.last["phase"])
        self.assertEqual(1, self.acting.metrics.refusals["abandoned"])
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_api_errors_at_the_stop(self):
        for call, error in {
            "stop": fence.Unsent("403 Permission check failed"),
            "task": fence.Failed("can't lock file '/var/lock/qemu-server/lock-111.conf' - got timeout"),
        }.items():
            with self.subTest(call):
                self.tearDown()
                self.setUp()
                self.silent("pg1", 2.5)
                self.proxmox.refuses_to_stop = True
                self.proxmox.errors[call] = error
                self.rounds(10)
                self.assertEqual("abandoned", self.last["phase"])
                self.assertEqual(1, self.acting.metrics.refusals["abandoned"])
                self.assertIn(str(error), self.last["said"])
                self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])
                self.assertEqual([("stop", "pg1")], self.proxmox.calls)
                # It certainly won't be stopped any more, so there is nothing to wait for.
                self.proxmox.errors.clear()
                self.silent("pg1", None)
                self.rounds(2)
                self.assertEqual("done", self.last["phase"])

    def test_an_api_that_fails_for_a_moment_while_a_machine_is_stopped(self):
        self.silent("pg1", 2.5)
        for call in ("task", "machine"):
            with self.subTest(call):
                self.rounds(2)
                self.proxmox.errors[call] = "timed out"
                self.rounds(10)
                self.assertEqual(("stop", "pg1"), (self.last["phase"], self.etcd.keys["/service/c/leader"][0]))
                self.proxmox.errors.clear()
                self.rounds(2)
                self.assertNotIn("/service/c/leader", self.etcd.keys)
                self.assertEqual([("stop", "pg1")], self.proxmox.calls)
                self.tearDown()
                self.setUp()
                self.silent("pg1", 2.5)

    def test_a_stop_whose_answer_was_lost(self):
        self.silent("pg1", 2.5)
        self.proxmox.errors["stop"] = fence.Lost("the connection was reset")
        self.rounds(10)
        self.assertEqual(("stop", "pg1"), (self.last["phase"], self.etcd.keys["/service/c/leader"][0]))
        self.assertEqual(1, self.log.getvalue().count("may be being stopped, the answer is lost (the connection was reset)"))
        self.proxmox.status["pg1"] = "stopped"
        self.rounds(5)
        self.assertNotIn("/service/c/leader", self.etcd.keys)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls, "it must not be sent again")

    def test_a_stop_whose_answer_was_lost_and_that_never_comes(self):
        self.silent("pg1", 2.5)
        self.proxmox.errors["stop"] = fence.Lost("the connection was reset")
        self.rounds(int(fence.STOP / 0.3) + 10)
        self.assertEqual("abandoned", self.last["phase"])
        self.assertIn("it wasn't off within 90 s; the connection was reset", self.last["said"])
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_what_an_error_left_off_is_started_when_another_one_leads(self):
        self.silent("pg1", 2.5)
        self.proxmox.errors["task"] = fence.Failed("ended with: got no answer")
        self.rounds(10)
        self.assertEqual("abandoned", self.last["phase"])
        self.proxmox.errors.clear()
        self.rounds(10)
        self.assertEqual("stopped", self.proxmox.status["pg1"], "its lock may still be valid")
        self.lead("pg2")
        self.rounds(3)
        self.assertEqual("running", self.proxmox.status["pg1"])
        self.assertEqual("done", self.last["phase"])

    def abandon(self):
        """A stop that Proxmox didn't answer and didn't do; the leader comes back and keeps its lock."""
        self.silent("pg1", 2.5)
        self.proxmox.errors["stop"] = "timed out"
        self.rounds(10)
        self.proxmox.errors.clear()
        self.silent("pg1", None)
        self.rounds(5)
        self.assertEqual("abandoned", self.last["phase"])

    def test_a_leader_that_came_back_is_fenced_when_it_dies_later(self):
        self.abandon()
        began = self.last["startedAt"]
        self.rounds(350)
        self.assertEqual("abandoned", self.last["phase"], "the stop may still come into effect")
        self.rounds(60)
        self.assertEqual(("done", began), (self.last["phase"], self.last["startedAt"]))
        self.rounds(1)
        self.assertEqual({"watching"}, {i.metrics.state for i in self.instances})
        self.silent("pg1", 2.5)
        self.rounds(20)
        self.assertEqual("recent", self.acting.metrics.decision.code)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)
        self.now += 600
        self.rounds(3)
        self.assertEqual([("stop", "pg1")] * 2, self.proxmox.calls)
        self.assertNotIn("/service/c/leader", self.etcd.keys)

    def test_one_that_is_silent_is_not_taken_for_one_that_came_back(self):
        self.abandon()
        self.silent("pg1", 0.0)
        self.rounds(450)
        self.assertEqual("abandoned", self.last["phase"])
        self.lead("pg2")
        self.rounds(3)
        self.assertEqual("done", self.last["phase"])

    def test_one_that_proxmox_does_not_say_is_on_is_not_taken_for_one_that_came_back(self):
        self.abandon()
        self.proxmox.errors["machine"] = "596 Connection timed out"
        errors = self.acting.metrics.counters["proxmox_errors"]
        self.rounds(450)
        self.assertEqual("abandoned", self.last["phase"])
        self.assertLess(self.acting.metrics.counters["proxmox_errors"] - errors, 5, "each look may take seconds")
        self.assertEqual(1, self.log.getvalue().count("isn't certain (596 Connection timed out)"))
        self.proxmox.errors.clear()
        self.proxmox.status["pg1"] = "stopped"
        self.rounds(100)
        self.assertEqual("abandoned", self.last["phase"])
        self.assertEqual([("stop", "pg1")], self.proxmox.calls, "its lock may still be valid")
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])
        self.proxmox.status["pg1"] = "running"
        self.rounds(100)
        self.assertEqual("done", self.last["phase"])

    def test_another_instance_ends_what_the_first_one_abandoned(self):
        self.abandon()
        self.die(self.acting)
        self.rounds(450)
        self.assertEqual("done", self.last["phase"])
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_one_that_lost_its_lock_ends_nothing(self):
        self.abandon()
        old = self.acting
        self.now += 100
        entries = old.fence.etcd.read("/service/c/", "/pgha/c/fence/")
        self.etcd.end(old.fence.lease)
        lock, record = entries["/pgha/c/fence/acting"], entries["/pgha/c/fence/last"]
        old.fence.abandoned(lock, record, record.json())
        self.assertEqual("abandoned", self.last["phase"])

    def test_api_unreachable_before_the_stop_costs_nothing(self):
        self.proxmox.errors["machine"] = "timed out"
        self.silent("pg1", 2.5)
        self.rounds(10)
        self.assert_nothing_stopped()
        self.assertNotIn("/pgha/c/fence/last", self.etcd.keys)
        self.assertEqual("proxmox-unreachable", self.acting.metrics.decision.code)
        self.proxmox.errors.clear()
        self.rounds(6)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_never_twice_within_the_interval(self):
        self.silent("pg1", 2.5)
        self.rounds(3)
        self.lead("pg2")
        self.silent("pg1", None)
        self.rounds(3)
        self.silent("pg2", 2.5)
        self.rounds(20)
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual("recent", self.acting.metrics.decision.code)
        self.now += 600
        self.rounds(3)
        self.assertEqual(("stop", "pg2"), self.proxmox.calls[-1])

    def test_paused_just_before_the_stop(self):
        self.silent("pg1", 2.5)
        self.proxmox.before["machine"] = lambda: self.etcd.put("/service/c/config", json.dumps({"pause": True}))
        self.rounds(10)
        self.assert_nothing_stopped()
        self.assertEqual("paused", self.acting.metrics.decision.code)

    def test_leader_changed_just_before_the_stop(self):
        self.silent("pg1", 2.5)
        self.proxmox.before["machine"] = lambda: self.lead("pg2")
        self.rounds(10)
        self.assertEqual([], self.proxmox.calls)
        self.assertEqual("pg2", self.etcd.keys["/service/c/leader"][0])

    def test_leader_changed_while_it_was_stopped(self):
        self.silent("pg1", 2.5)
        self.proxmox.before["stop"] = lambda: self.lead("pg2")
        self.rounds(5)
        self.assertEqual("pg2", self.etcd.keys["/service/c/leader"][0])
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual("done", self.last["phase"])

    def test_the_same_member_took_the_lock_anew_while_it_was_stopped(self):
        self.silent("pg1", 2.5)
        self.proxmox.before["stop"] = lambda: self.lead("pg1")
        self.rounds(5)
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])

    def test_leader_answers_again_just_before_the_stop(self):
        self.silent("pg1", 2.5)
        self.proxmox.before["machine"] = lambda: self.silent("pg1", None)
        self.rounds(5)
        self.assert_nothing_stopped()
        self.assertEqual("withdrawn", self.last["phase"])
        self.silent("pg1", 2.5)
        self.rounds(5)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls, "what was withdrawn was no fencing")

    def test_an_instance_that_was_held_up_withdraws(self):
        self.silent("pg1", 2.5)
        acting, commit = self.acting.fence, self.acting.fence.etcd.commit

        def slow(conditions, operations):
            done = commit(conditions, operations)
            if any("last" in text(o["request_put"]["key"]) for o in operations if "request_put" in o):
                self.now += 3
            return done

        acting.etcd.commit = slow
        self.rounds(3)
        self.assert_nothing_stopped()
        self.assertIn("this instance was held up, just before its machine was to be stopped", self.log.getvalue())
        self.assertEqual("withdrawn", self.last["phase"])

    def test_only_one_host_sees_it(self):
        self.silent("pg1", 9.0, [self.acting])
        self.rounds(10)
        self.assert_nothing_stopped()
        self.assertEqual("no-majority", self.acting.metrics.decision.code)

    def test_two_hosts_see_it_of_which_one_acts(self):
        self.silent("pg1", 9.0, self.instances[:2])
        self.rounds(4)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_an_old_opinion_does_not_count(self):
        first, *others = self.instances
        self.silent("pg1", 9.0, others)
        self.rounds(2)
        # The others stand still from now on; their leases haven't run out yet.
        self.instances = [first]
        self.rounds(1, fence.FRESH)
        self.silent("pg1", 9.0)
        self.rounds(5)
        self.assert_nothing_stopped()
        self.assertEqual("no-majority", first.metrics.decision.code)

    def test_without_etcd(self):
        self.silent("pg1", 9.0)
        self.etcd.broken = "timed out"
        self.rounds(5)
        self.assertEqual([], self.proxmox.calls)
        self.assertEqual({"etcd-unreachable"}, {i.metrics.decision.code for i in self.instances})

    def test_each_change_is_logged_once(self):
        self.etcd.put("/service/c/config", json.dumps({"pause": True}))
        self.silent("pg1", 2.5)
        self.log.truncate(0)
        self.rounds(30)
        self.assertEqual(3, self.log.getvalue().count("the cluster is paused; nothing is stopped"))


class Slow(Lab):
    """Proxmox takes its time; the rounds go on."""

    def setUp(self):
        super().setUp()
        self.silent("pg1", 2.5)
        self.rounds(1)
        self.slow = []

    def stop(self):
        """The stop's task is under way and takes long, as with a QEMU that hangs."""
        self.proxmox.refuses_to_stop = self.proxmox.task_running = True
        self.slow = None
        self.rounds(4)
        self.assertEqual(([("stop", "pg1")], "stop"), (self.proxmox.calls, self.last["phase"]))

    def test_no_round_waits_while_proxmox_is_asked(self):
        lease, opinion = self.acting.fence.lease, f"/pgha/c/fence/opinions/{self.acting.host}"
        self.rounds(1)
        for _ in range(20):
            told = self.etcd.keys[opinion][1]
            self.rounds(1)
            self.assertLess(told, self.etcd.keys[opinion][1], "its opinion must stay fresh")
        self.assertEqual((lease, "ask"), (self.acting.fence.lease, self.acting.metrics.decision.code))
        self.assertLessEqual(self.now - self.acting.fence.renewed, 1.3 + 0.3)
        self.assertEqual(1, len(self.slow), "it must not ask twice at the same time")
        self.finish()
        self.rounds(2)
        self.assertEqual("stop", self.last["phase"])
        self.assertEqual([], self.proxmox.calls, "the stop hasn't been sent yet")
        self.finish()
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_an_answer_about_an_earlier_leadership_is_no_answer(self):
        self.rounds(1)
        asked = self.slow
        self.lead("pg1")
        self.slow = []
        self.rounds(3)
        for work in asked:
            work()
        self.rounds(3)
        self.assertNotIn("/pgha/c/fence/last", self.etcd.keys)
        self.assertEqual("ask", self.acting.metrics.decision.code)

    def test_an_old_answer_is_no_reason_to_stop(self):
        self.etcd.put("/service/c/config", json.dumps({"maximum_lag_on_failover": 0}))
        self.etcd.put("/service/c/status", json.dumps({"optime": 1001}))
        self.rounds(1)
        self.finish()
        self.rounds(10)
        self.assertEqual("no-promotable-standby", self.acting.metrics.decision.code, "it says so while it asks again")
        # By what was answered, and what is known now, a standby could take over.
        self.etcd.put("/service/c/config", json.dumps({"maximum_lag_on_failover": 1}))
        self.rounds(10)
        self.assertEqual("ask", self.acting.metrics.decision.code)
        self.assertNotIn("/pgha/c/fence/last", self.etcd.keys)
        self.finish()
        self.rounds(2)
        self.assertEqual("stop", self.last["phase"])

    def announced(self):
        self.rounds(1)
        self.finish()
        self.rounds(1)
        self.assertEqual("stop", self.last["phase"])

    def test_a_stop_that_is_held_up_on_its_way_is_withdrawn(self):
        self.announced()
        self.now += fence.CERTAIN + 0.1
        self.finish()
        self.rounds(1)
        self.assert_nothing_stopped()
        self.assertEqual("withdrawn", self.last["phase"])

    def test_a_leader_that_answers_while_the_stop_is_on_its_way(self):
        self.announced()
        self.silent("pg1", None)
        self.finish()
        self.rounds(1)
        self.assert_nothing_stopped()
        self.assertEqual("withdrawn", self.last["phase"])

    def test_a_lock_that_runs_out_while_the_machine_is_stopped(self):
        self.stop()
        del self.etcd.keys["/service/c/leader"]
        self.rounds(30)
        self.lead("pg2")
        self.rounds(170)
        self.assertEqual("start", self.last["phase"], "its machine still runs, since its stop takes long")
        self.assertEqual(1, self.acting.metrics.refusals["lock-gone"])
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)
        self.proxmox.status["pg1"] = "stopped"
        self.proxmox.task_running = False
        self.rounds(4)
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual(("done", "running"), (self.last["phase"], self.proxmox.status["pg1"]))
        self.assertEqual("pg2", self.etcd.keys["/service/c/leader"][0])

    def test_another_instance_waits_for_the_same_task(self):
        self.stop()
        self.assertEqual("UPID:pve:stop", self.last["task"])
        self.die(self.acting)
        self.lead("pg2")
        self.rounds(100)
        self.assertEqual("start", self.last["phase"])
        self.proxmox.status["pg1"] = "stopped"
        self.proxmox.task_running = False
        self.rounds(4)
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual("done", self.last["phase"])

    def test_a_stop_that_takes_longer_than_any_should(self):
        self.stop()
        self.rounds(int(fence.STOP / 0.3) + 5)
        self.assertEqual("abandoned", self.last["phase"])
        self.silent("pg1", None)
        self.rounds(int(fence.SPENT / 0.3))
        self.assertEqual("abandoned", self.last["phase"], "its task is still at work, such as in a hook script")
        self.proxmox.task_running = False
        self.rounds(int(fence.RETRY / 0.3) + 3)
        self.assertEqual("done", self.last["phase"])

    def test_a_task_that_proxmox_knows_no_more(self):
        self.stop()
        self.lead("pg2")
        self.rounds(3)
        self.proxmox.errors["task"] = "500 no such task"
        self.rounds(20)
        self.assertEqual("start", self.last["phase"])
        self.rounds(int(fence.SPENT / 0.3))
        self.assertEqual("done", self.last["phase"])

    def test_a_stop_that_fails_after_the_lock_ran_out(self):
        self.stop()
        self.lead("pg2")
        self.rounds(10)
        self.proxmox.task_running = False
        self.proxmox.errors["task"] = fence.Failed("can't lock file - got timeout")
        self.rounds(3)
        self.assertEqual("done", self.last["phase"], "its machine runs, and nothing stops it any more")
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_a_stop_whose_answer_was_lost_before_the_lock_ran_out(self):
        self.slow = None
        self.proxmox.errors["stop"] = fence.Lost("timed out")
        self.rounds(3)
        self.lead("pg2")
        self.rounds(int(fence.SPENT / 0.3) - 20)
        self.assertEqual("start", self.last["phase"], "the stop may still come into effect")
        self.rounds(30)
        self.assertEqual("done", self.last["phase"])
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)

    def test_a_lock_that_is_still_held_when_a_slow_stop_ends(self):
        self.stop()
        self.rounds(200)
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])
        self.proxmox.status["pg1"] = "stopped"
        self.proxmox.task_running = False
        self.rounds(5)
        self.assertNotIn("/service/c/leader", self.etcd.keys)


class Hanging(Lab):
    """The same with threads, a clock and an API that takes requests and never answers, all of them real."""

    def test_no_round_takes_longer_for_it(self):
        original = fence.http.client.HTTPSConnection
        fence.http.client.HTTPSConnection = lambda host, port, timeout, context: http.client.HTTPConnection(
            host, port, timeout=timeout)
        self.addCleanup(setattr, fence.http.client, "HTTPSConnection", original)
        hanging = Endpoint(self, {"/": None})
        proxmox = fence.Proxmox([hanging.url], "u@pve!t=1", None, {m: {"vmId": 100, "node": "pve"} for m in MEMBERS})
        for instance in self.instances:
            instance.fence.run = instance.fence.question.run = lambda work: threading.Thread(target=work, daemon=True).start()
            instance.fence.ask = lambda leader: ((), fence.ask_machine(proxmox, leader))
        self.silent("pg1", 2.5)
        rounds = []
        while len(rounds) < 60:
            began = time.monotonic()
            self.rounds(1, 0.03)
            rounds.append(time.monotonic() - began)
            time.sleep(0.03)
        self.assertEqual(1, hanging.paths("GET").count("/nodes/pve/qemu/100/status/current"), "it must have been asked, once")
        self.assertEqual("ask", self.acting.metrics.decision.code)
        self.assertLess(max(rounds), fence.API / 5, "rounds of all three, on a busy machine")
        self.assertLess(sorted(rounds)[len(rounds) // 2], 0.1)


class Errands(unittest.TestCase):
    def test_what_nobody_expected_is_told_too(self):
        log = io.StringIO()
        with contextlib.redirect_stdout(log):
            value, error = fence.carried_out(lambda: {}["nothing"])
        self.assertIsNone(value)
        self.assertIn("KeyError: 'nothing'", str(error))
        self.assertIn("<3>Traceback", log.getvalue())

    def test_each_outcome_is_told_once_and_not_asked_for_too_often(self):
        done, now = [], [0.0]
        errand = fence.Errand(lambda work: work(), lambda: now[0])

        def work():
            done.append(now[0])
            return len(done)

        self.assertEqual((1, None), errand.outcome("a", work, 5))
        now[0] = 4.9
        self.assertIsNone(errand.outcome("a", work, 5))
        self.assertEqual((2, None), errand.outcome("b", work, 5))
        self.assertEqual((3, None), errand.outcome("a", work, 5))
        self.assertEqual([4.9] * 2, done[1:])


class Crashes(Lab):
    """An instance dies after each of its steps; the next one goes on."""

    def next_one(self):
        dead = self.acting
        self.die(dead)
        self.rounds(3)
        self.assertNotEqual(dead.host, self.acting.host)

    def test_after_the_announcement(self):
        self.silent("pg1", 2.5)
        self.proxmox.before["stop"] = lambda: (_ for _ in ()).throw(SystemExit)
        with self.assertRaises(SystemExit):
            self.rounds(1)
            self.rounds(1)
        self.assertEqual("stop", self.last["phase"])
        self.assertEqual("running", self.proxmox.status["pg1"])
        self.next_one()
        self.rounds(int(fence.STOP / 0.3) + 10)
        self.assertEqual(1, self.proxmox.calls.count(("stop", "pg1")), "nobody else stops on old evidence")
        self.assertEqual("abandoned", self.last["phase"])
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])
        self.lead("pg2")
        self.rounds(3)
        self.assertEqual("abandoned", self.last["phase"], "whether it was sent isn't known, so it may still come into effect")
        self.rounds(int((fence.SPENT - fence.STOP) / 0.3))
        self.assertEqual("done", self.last["phase"])

    def test_between_stop_and_unlock(self):
        self.silent("pg1", 2.5)
        self.rounds(1)
        while ("stop", "pg1") not in self.proxmox.calls:
            self.acting.fence.round()
        self.assertIn("/service/c/leader", self.etcd.keys)
        self.next_one()
        self.assertNotIn("/service/c/leader", self.etcd.keys)
        self.lead("pg2")
        self.rounds(3)
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual("done", self.last["phase"])

    def test_between_unlock_and_start(self):
        self.silent("pg1", 2.5)
        self.rounds(3)
        self.assertNotIn("/service/c/leader", self.etcd.keys)
        self.next_one()
        self.lead("pg2")
        self.rounds(3)
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual("done", self.last["phase"])

    def test_after_the_start(self):
        self.silent("pg1", 2.5)
        self.rounds(3)
        self.lead("pg2")
        while ("start", "pg1") not in self.proxmox.calls:
            self.acting.fence.round()
        self.assertEqual("start", self.last["phase"])
        self.next_one()
        self.assertEqual([("stop", "pg1"), ("start", "pg1")], self.proxmox.calls)
        self.assertEqual("done", self.last["phase"])

    def test_one_that_lost_its_lock_does_nothing_more(self):
        self.silent("pg1", 2.5)
        self.rounds(1)
        old = self.acting
        while ("stop", "pg1") not in self.proxmox.calls:
            old.fence.round()
        # It holds a lock that it believes to have, and etcd knows better.
        entries = old.fence.etcd.read("/service/c/", "/pgha/c/fence/")
        self.etcd.end(old.fence.lease)
        lock, record = entries["/pgha/c/fence/acting"], entries["/pgha/c/fence/last"]
        old.fence.unlock(entries, lock, record, record.json())
        self.assertEqual("pg1", self.etcd.keys["/service/c/leader"][0])


class Starts(Lab):
    def setUp(self):
        super().setUp()
        self.silent("pg1", 2.5)
        self.rounds(3)

    def test_a_start_that_fails_is_tried_again(self):
        self.proxmox.errors["start"] = "500 no space left"
        self.lead("pg2")
        self.rounds(5)
        self.assertEqual(1, self.proxmox.calls.count(("start", "pg1")), "the second try comes later")
        self.proxmox.errors.clear()
        self.rounds(40)
        self.assertEqual(2, self.proxmox.calls.count(("start", "pg1")))
        self.assertEqual("done", self.last["phase"])

    def test_it_gives_up_and_says_so(self):
        self.proxmox.errors["start"] = "500 no space left"
        self.lead("pg2")
        self.rounds(200)
        self.assertEqual(fence.TRIES, self.proxmox.calls.count(("start", "pg1")))
        self.assertEqual("failed", self.last["phase"])
        self.assertIn("pg1: its machine doesn't start, see to it", self.log.getvalue())
        self.assertEqual("failed", self.acting.metrics.state)

    def test_a_task_that_fails_is_tried_again(self):
        self.proxmox.errors["task"] = "task UPID:start ended with: timeout"
        self.proxmox.before["start"] = lambda: None
        self.lead("pg2")
        self.rounds(2)
        self.proxmox.status["pg1"] = "stopped"
        self.proxmox.errors.clear()
        self.rounds(60)
        self.assertEqual(2, self.proxmox.calls.count(("start", "pg1")))
        self.assertEqual("done", self.last["phase"])

    def test_an_api_that_stays_away_is_given_up(self):
        self.proxmox.errors["machine"] = "timed out"
        self.lead("pg2")
        self.rounds(int(fence.LOOKS * fence.RETRY / 0.3) + 10)
        self.assertEqual("failed", self.last["phase"])
        self.assertEqual(0, self.proxmox.calls.count(("start", "pg1")))

    def test_if_nobody_takes_over_it_is_started_all_the_same(self):
        self.rounds(10)
        self.assertEqual([("stop", "pg1")], self.proxmox.calls)
        self.now += fence.START_UNLED
        self.rounds(3)
        self.assertEqual("running", self.proxmox.status["pg1"])


class Texts(unittest.TestCase):
    def test_metrics_are_in_prometheus_format(self):
        metrics = fence.Metrics(None, "etcd1", "c")
        metrics.refusals["paused"] = 2
        metrics.values["silent"] = {"pg1": 0, "pg2": 1.25}
        sample = re.compile(r'[a-z_]+\{cluster="c",host="etcd1"(,[a-z]+="[a-z0-9-]+")*\} [0-9.e+]+')
        names = set()
        for line in metrics.render().splitlines():
            if line.startswith("# "):
                names.add(line.split()[2])
            else:
                self.assertRegex(line, sample)
                self.assertIn(line.split("{")[0], names)
        self.assertIn('pgha_fence_refusals_total{cluster="c",host="etcd1",reason="paused"} 2', metrics.render())
        self.assertIn('pgha_fence_member_silent_seconds{cluster="c",host="etcd1",member="pg2"} 1.25', metrics.render())

    def test_every_reason_is_documented(self):
        source = (program.RESOURCES / "fencing/pgha-fence").read_text(encoding="utf-8")
        codes = set(re.findall(r'Decision\("wait",\s*"([a-z-]+)"|metrics\.refuse\("([a-z-]+)"', source))
        codes = {code for pair in codes for code in pair if code}
        self.assertIn("abandoned", codes)
        documented = (program.ROOT / "docs/fencing.md").read_text(encoding="utf-8")
        self.assertGreater(len(codes), 10)
        self.assertEqual(set(), {code for code in codes if f"`{code}`" not in documented})


class Requests(unittest.TestCase):
    """What goes over the wire to etcd and Proxmox."""

    def serve(self, answers):
        """A server that answers each request with the next (status, JSON); returns its address and what it was asked."""
        asked = []
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def run():
            for status, answer in answers:
                peer, _ = server.accept()
                with peer:
                    data = b""
                    while b"\r\n\r\n" not in data:
                        data += peer.recv(65536)
                    head, body = data.split(b"\r\n\r\n", 1)
                    length = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, 0])[1])
                    while len(body) < length:
                        body += peer.recv(65536)
                    asked.append((head.decode(), body.decode()))
                    peer.sendall(b"HTTP/1.1 %s\r\nConnection: close\r\n\r\n%s" % (status.encode(), json.dumps(answer).encode()))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        return server.getsockname(), asked

    def setUp(self):
        plain = fence.http.client.HTTPConnection
        original = fence.http.client.HTTPSConnection
        fence.http.client.HTTPSConnection = lambda host, port, timeout, context: plain(host, port, timeout=timeout)
        self.addCleanup(setattr, fence.http.client, "HTTPSConnection", original)

    def test_etcd_logs_in_and_again_when_its_token_is_old(self):
        (host, port), asked = self.serve([
            ("200 OK", {"token": "first"}), ("200 OK", {"succeeded": True}),
            ("401 Unauthorized", {"error": "etcdserver: invalid auth token", "code": 16,
                                  "message": "etcdserver: invalid auth token"}),
            ("200 OK", {"token": "second"}), ("200 OK", {"succeeded": True})])
        etcd = fence.Etcd(f"https://{host}:{port}", "fence-1", "secret", None)
        self.assertTrue(etcd.commit([fence.changed_last("a", 3)], [fence.delete("a")]))
        self.assertTrue(etcd.commit([], [fence.put("a", "b", lease="5")]))
        self.assertEqual({"name": "fence-1", "password": "secret"}, json.loads(asked[0][1]))
        self.assertIn("Authorization: second", asked[4][0])
        self.assertEqual({"compare": [{"key": "YQ==", "target": "MOD", "mod_revision": "3"}],
                          "success": [{"request_delete_range": {"key": "YQ=="}}]}, json.loads(asked[1][1]))

    def test_etcd_that_does_not_answer_is_logged_in_to_again(self):
        (host, port), _ = self.serve([("200 OK", {"token": "first"})])
        etcd = fence.Etcd(f"https://{host}:{port}", "fence-1", "secret", None)
        etcd.token = etcd.post("auth/authenticate", {})["token"]
        etcd.connection = self.Hangs()
        with self.assertRaisesRegex(fence.Unavailable, "timed out"):
            etcd.read("/a/")
        self.assertIsNone(etcd.token)

    class Hangs:
        def request(self, *_):
            raise TimeoutError("timed out")

        def close(self):
            pass

    def test_etcd_refuses(self):
        (host, port), _ = self.serve([("200 OK", {"token": "t"}), (
            "403 Forbidden", {"error": "x", "code": 7, "message": "etcdserver: permission denied"})])
        with self.assertRaisesRegex(fence.Unavailable, "permission denied"):
            fence.Etcd(f"https://{host}:{port}", "fence-1", "secret", None).read("/a/")


class Endpoint:
    """A node's API: answers by path, (status, reason, data); None: it takes the request and never answers."""

    def __init__(self, case, answers):
        self.asked = []
        endpoint, ended = self, threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                endpoint.asked.append((self.command, self.path, self.headers["Authorization"]))
                path = self.path.removeprefix("/api2/json")
                answer = next((a for part, a in answers.items() if part in path), (501, "not implemented", None))
                if answer is None:
                    ended.wait(30)
                    return
                status, reason, data = answer
                self.send_response(status, reason)
                self.end_headers()
                self.wfile.write(json.dumps({"data": data}).encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.url = f"https://127.0.0.1:{server.server_port}"
        for clean in (server.server_close, server.shutdown, ended.set):
            case.addCleanup(clean)

    def paths(self, method):
        return [path.removeprefix("/api2/json") for m, path, _ in self.asked if m == method]


def machines(*rows):
    return 200, "OK", [{"vmid": vmid, "node": node, "type": "qemu"} for vmid, node in rows]


def nodes(**states):
    return 200, "OK", [{"node": node, "status": state, "type": "node"} for node, state in states.items()]


RUNNING = (200, "OK", {"status": "running", "name": "pg1", "ha": {"managed": 0}})


class Api(unittest.TestCase):
    """The API of Proxmox VE at one node or several."""

    def setUp(self):
        plain, original = http.client.HTTPConnection, fence.http.client.HTTPSConnection
        fence.http.client.HTTPSConnection = lambda host, port, timeout, context: plain(host, port, timeout=timeout)
        self.addCleanup(setattr, fence.http.client, "HTTPSConnection", original)

    def proxmox(self, *endpoints):
        return fence.Proxmox([e if isinstance(e, str) else e.url for e in endpoints], "u@pve!t=1", None,
                             {"pg1": {"vmId": 111, "node": "pve1"}})

    def closed(self):
        """The address of an endpoint that isn't there."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            return f"https://127.0.0.1:{server.getsockname()[1]}"

    def timed(self, call):
        began = time.monotonic()
        return call(), time.monotonic() - began

    def test_a_machine_is_asked_about_on_its_node(self):
        endpoint = Endpoint(self, {"/current": RUNNING, "/stop": (200, "OK", "UPID:pve1:stop")})
        proxmox = self.proxmox(endpoint)
        self.assertEqual(fence.Machine(None, "running", "pg1", ""), proxmox.machine("pg1"))
        self.assertEqual("UPID:pve1:stop", proxmox.power("pg1", "stop"))
        self.assertEqual([("GET", "/api2/json/nodes/pve1/qemu/111/status/current", "PVEAPIToken=u@pve!t=1"),
                          ("POST", "/api2/json/nodes/pve1/qemu/111/status/stop", "PVEAPIToken=u@pve!t=1")], endpoint.asked)

    def test_a_migrated_machine_is_found_by_the_survey_and_in_need(self):
        answers = {"pve1/qemu/111/status/current": (500, "Configuration file does not exist", None),
                   "pve2/qemu/111/status/current": RUNNING, "type=vm": machines((111, "pve2"), (5, "x")),
                   "type=node": nodes(pve1="online", pve2="online"), "pve2/qemu/111/status/stop": (200, "OK", "UPID:pve2:1")}
        self.assertEqual("running", self.proxmox(Endpoint(self, answers)).machine("pg1").status)
        proxmox = self.proxmox(Endpoint(self, answers))
        self.assertEqual((None, {}), proxmox.survey())
        self.assertEqual("UPID:pve2:1", proxmox.power("pg1", "stop"))

    def test_the_survey_names_what_the_token_does_not_see(self):
        answers = {"type=vm": machines(), "type=node": nodes(pve1="online")}
        problem, _ = self.proxmox(Endpoint(self, answers)).survey()
        self.assertIn("the token doesn't see the machines of pg1 (VM 111)", problem)
        self.assertIn("`pveum acl modify /pool/NAME --tokens 'u@pve!t' --roles PghaFence`", problem)
        self.assertIn("`pveum acl modify /pool/NAME --users u@pve --roles PghaFence`", problem)
        self.assertNotIn("=1", problem)

    def test_the_survey_names_a_wrong_machine_and_one_of_the_high_availability(self):
        answers = {"type=vm": machines((111, "pve1")), "type=node": nodes(pve1="online"),
                   "/current": (200, "OK", {"status": "running", "name": "db7"})}
        self.assertEqual(("the machine that should be pg1 is named 'db7'", {}), self.proxmox(Endpoint(self, answers)).survey())
        answers["/current"] = (200, "OK", {"status": "running", "name": "pg1", "ha": {"managed": 1, "state": "started"}})
        proxmox = self.proxmox(Endpoint(self, answers))
        self.assertIn("`ha-manager remove vm:111`", proxmox.survey()[0])
        self.assertTrue(proxmox.machine("pg1").ha)

    def test_a_node_that_is_off_is_no_fault_of_the_token(self):
        answers = {"type=vm": machines((111, "pve1")), "type=node": nodes(pve1="offline", pve2="online"), "/current": None}
        endpoint = Endpoint(self, answers)
        self.assertEqual((None, {"pg1": "pve1"}), self.proxmox(endpoint).survey())
        self.assertNotIn("current", str(endpoint.asked))
        # One that the cluster doesn't use is nobody's business.
        answers.update({"type=node": nodes(pve1="online", pve2="offline"), "/current": RUNNING})
        self.assertEqual((None, {}), self.proxmox(Endpoint(self, answers)).survey())

    def test_a_machine_whose_node_is_off(self):
        answers = {"type=vm": machines((111, "pve1")), "type=node": nodes(pve1="offline"), "/current": None}
        machine, seconds = self.timed(lambda: fence.ask_machine(self.proxmox(Endpoint(self, answers)), "pg1"))
        self.assertEqual("pve1", machine.away)
        self.assertLess(seconds, fence.API, "that is known before the node fails to answer")
        # Before Proxmox's own members have noticed.
        answers.update({"type=node": nodes(pve1="online"), "/current": (595, "No route to host", None)})
        machine = fence.ask_machine(self.proxmox(Endpoint(self, answers)), "pg1")
        self.assertEqual("pve1", machine.away)
        self.assertRegex(machine.error, "GET .*/current: 595 No route to host")

    def test_a_token_that_is_gone_reads_as_that(self):
        endpoint = Endpoint(self, {"/": (401, "Authentication failed!", None)})
        machine = fence.ask_machine(self.proxmox(endpoint), "pg1")
        self.assertRegex(machine.error, "401 Authentication failed! .there is no such token")
        self.assertIsNone(machine.away)
        with self.assertRaisesRegex(fence.Unsent, "401 Authentication failed!"):
            self.proxmox(endpoint).power("pg1", "stop")

    def test_an_endpoint_that_is_not_there(self):
        there = Endpoint(self, {"/current": RUNNING})
        proxmox = self.proxmox(self.closed(), there)
        machine, seconds = self.timed(lambda: proxmox.machine("pg1"))
        self.assertEqual("running", machine.status)
        self.assertLess(seconds, fence.HEDGE)

    def test_an_endpoint_that_does_not_answer_costs_a_second_once(self):
        dead, there = Endpoint(self, {"/": None}), Endpoint(self, {"/current": RUNNING})
        proxmox = self.proxmox(dead, there)
        (machine, seconds), (_, again) = (self.timed(lambda: proxmox.machine("pg1")) for _ in range(2))
        self.assertEqual("running", machine.status)
        self.assertGreaterEqual(seconds, fence.HEDGE)
        self.assertLess(seconds, fence.HEDGE + 0.5)
        self.assertLess(again, 0.5)
        self.assertEqual(1, len(dead.paths("GET")), "from then on the one that answered is asked")

    def test_an_endpoint_that_cannot_reach_the_node_leaves_it_to_the_next(self):
        lonely = Endpoint(self, {"/current": (595, "No route to host", None)})
        self.assertEqual("running", self.proxmox(lonely, Endpoint(self, {"/current": RUNNING})).machine("pg1").status)

    def test_what_an_endpoint_says_is_said(self):
        first = Endpoint(self, {"/": (403, "Permission check failed", None)})
        other = Endpoint(self, {"/current": RUNNING})
        with self.assertRaisesRegex(fence.Answer, "403 Permission check failed"):
            self.proxmox(first, other).machine("pg1")
        self.assertEqual([], other.asked)

    def test_no_endpoint_answers(self):
        with self.assertRaisesRegex(fence.Unavailable, "refused"):
            self.proxmox(self.closed(), self.closed()).machine("pg1")

    def test_a_stop_goes_to_the_next_endpoint_only_if_it_was_not_sent(self):
        there = Endpoint(self, {"/stop": (200, "OK", "UPID:pve1:stop")})
        self.assertEqual("UPID:pve1:stop", self.proxmox(self.closed(), there).power("pg1", "stop"))
        self.assertEqual(1, len(there.paths("POST")))
        with self.assertRaisesRegex(fence.Unsent, "refused"):
            self.proxmox(self.closed(), self.closed()).power("pg1", "stop")

    def test_a_stop_whose_answer_is_lost_is_not_sent_again(self):
        other = Endpoint(self, {"/stop": (200, "OK", "UPID:pve1:stop")})
        with socket.create_server(("127.0.0.1", 0)) as server:
            def take():
                peer, _ = server.accept()
                with peer:
                    while b"\r\n\r\n" not in peer.recv(65536):
                        pass

            thread = threading.Thread(target=take, daemon=True)
            thread.start()
            with self.assertRaises(fence.Lost):
                self.proxmox(f"https://127.0.0.1:{server.getsockname()[1]}", other).power("pg1", "stop")
            thread.join(5)
        self.assertEqual([], other.asked)

    def test_a_stop_that_is_taken_back_at_the_last_moment(self):
        endpoint = Endpoint(self, {"/stop": (200, "OK", "UPID:pve1:stop")})
        with self.assertRaises(fence.Withdrawn):
            self.proxmox(endpoint).power("pg1", "stop", lambda: False)
        self.assertEqual([], endpoint.asked)

    def test_tasks(self):
        answers = {"pve2/tasks/UPID%3Apve2%3Aa%2Fb/status": (200, "OK", {"status": "running"})}
        proxmox = self.proxmox(Endpoint(self, answers))
        self.assertFalse(proxmox.finished("UPID:pve2:a/b"))
        for said in ("OK", "WARNINGS: 1"):
            answers["pve2/tasks/UPID%3Apve2%3Aa%2Fb/status"] = (200, "OK", {"status": "stopped", "exitstatus": said})
            self.assertTrue(proxmox.finished("UPID:pve2:a/b"))
        answers["pve2/tasks/UPID%3Apve2%3Aa%2Fb/status"] = (200, "OK", {
            "status": "stopped", "exitstatus": "VM is locked (backup)"})
        with self.assertRaisesRegex(fence.Failed, "VM is locked .backup."):
            proxmox.finished("UPID:pve2:a/b")


if __name__ == "__main__":
    unittest.main()
