"""Whether the others do without a machine that restarts to be changed: `decide` in resize/before.sh."""
import base64
import json
import re
import subprocess
import unittest

from program import RESOURCES

SCRIPT = (RESOURCES / "resize/before.sh").read_text()
DECIDE = re.search(r"^decide\(\) \{\n.*?^\}\n", SCRIPT, re.M | re.S)[0]
SCOPE, DIARY = "/service/pgha/", "/pgha/pgha/resize/"


def answer(prefix, values):
    def coded(text):
        return base64.b64encode(text.encode()).decode()

    pairs = [{"key": coded(prefix + key), "value": coded(value)} for key, value in values.items()]
    return json.dumps({"header": {}, **({"kvs": pairs} if pairs else {})})


def decide(goes, leader="pg1", away=(), counted="pg2,pg3", mode="quorum", failover=None, diary=None, patient="yes",
           members=("pg1", "pg2", "pg3"), wanted="pg1,pg2,pg3"):
    keys = {"config": json.dumps({"synchronous_mode": mode}),
            "sync": json.dumps({"leader": leader, "sync_standby": counted})}
    if leader:
        keys["leader"] = leader
    if failover is not None:
        keys["failover"] = failover
    for name in members:
        state = {"state": "starting" if name in away else "running"}
        if name != leader and name not in away:
            state["replication_state"] = "streaming"
        keys["members/" + name] = json.dumps(state)
    return subprocess.run(
        ["bash", "-c", 'HOST=$1 MEMBERS=$2 SCOPE=$3 DIARY=$4 patient=$5\n' + DECIDE + "decide", "bash", goes, wanted, SCOPE, DIARY,
         patient],
        input=answer(SCOPE, keys) + "\n" + answer(DIARY, diary or {}) + "\n", text=True, capture_output=True, check=True
    ).stdout.strip()


class Decide(unittest.TestCase):
    def test_a_standby_goes_while_the_others_serve(self):
        self.assertEqual(decide("pg2"), "go")
        self.assertEqual(decide("pg2", away=["pg2"]), "go")
        self.assertEqual(decide("pg2", away=["pg3"]), "pg3 must serve first")
        self.assertEqual(decide("pg2", away=["pg1"]), "pg1 must serve first")

    def test_who_isnt_there_at_all_must_serve_first(self):
        self.assertEqual(decide("pg2", members=["pg1", "pg2"]), "pg3 must serve first")
        self.assertEqual(decide("pg2", members=["pg1", "pg2"], wanted="pg1,pg2"), "go")

    def test_a_leader_hands_over_to_whoever_restarted_last(self):
        self.assertEqual(decide("pg1", diary={"pg2": "1 200", "pg3": "1 100"}), "ask pg2")
        self.assertEqual(decide("pg1", diary={"pg2": "1 200", "pg3": "1 300"}), "ask pg3")
        self.assertEqual(decide("pg1", away=["pg2"]), "pg2 must serve first")

    def test_it_is_asked_once(self):
        self.assertEqual(decide("pg1", failover='{"leader": "pg1"}'), "pg1 leads, and was asked to hand over")
        self.assertEqual(decide("pg1", failover="{}")[:3], "ask")

    def test_commits_count_on_all_before_one_goes(self):
        self.assertEqual(decide("pg1", counted="pg3"), "pg2 must serve first")
        self.assertEqual(decide("pg1", counted="pg3", patient="", diary={"pg2": "1 200"}), "ask pg3")
        self.assertEqual(decide("pg2", counted="pg2", patient=""), "commits wait for pg2 alone")
        self.assertEqual(decide("pg2", counted="pg2", mode="on"), "go")

    def test_without_a_leader_nobody_goes(self):
        self.assertEqual(decide("pg1", leader=None), "no member leads")

    def test_who_is_alone_goes(self):
        self.assertEqual(decide("pg1", members=["pg1"], wanted="pg1"), "go")


if __name__ == "__main__":
    unittest.main()
