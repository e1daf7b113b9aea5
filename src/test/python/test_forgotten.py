"""Who leads first where etcd has lost all of its data: patroni/forgotten.sh, with members that tell what they are told to."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from program import RESOURCES

MEMBERS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")


def replica(timeline, location, **more):
    return {"state": "running", "role": "replica", "timeline": timeline,
            "xlog": {"received_location": location, "replayed_location": location - 8}, **more}


class Forgotten(unittest.TestCase):
    def run_in(self, members, function, listed=()):
        """members: what each tells, by its address; who isn't among them doesn't answer."""
        with tempfile.TemporaryDirectory() as folder:
            for address, said in members.items():
                (pathlib.Path(folder) / address).write_text(json.dumps(said), encoding="utf-8")
            (pathlib.Path(folder) / "listed").write_text(json.dumps(listed), encoding="utf-8")
            script = (f"set -euo pipefail\nMEMBERS={','.join(MEMBERS)} NAME=pg1 ADDRESS={MEMBERS[0]} data={folder}\n"
                      f'told() {{ cat "{folder}/$1" 2>/dev/null; }}\ntimeout() {{ cat "{folder}/listed"; }}\n')
            text = (RESOURCES / "patroni/forgotten.sh").read_text(encoding="utf-8")
            done = subprocess.run(["bash", "-c", script + text + function], capture_output=True, text=True, check=False)
            return done.returncode, done.stdout.strip()

    def first(self, *said):
        return self.run_in({address: told for address, told in zip(MEMBERS, said) if told}, "leads_first")

    def test_who_runs_as_primary_whatever_the_others_have(self):
        primary = {"state": "running", "role": "primary", "timeline": 3, "xlog": {"location": 100}}
        self.assertEqual((0, MEMBERS[1]), self.first(replica(3, 100), primary, None))
        # One that has stopped is no reason to wait, and none to lead.
        self.assertEqual((0, MEMBERS[1]), self.first(replica(3, 100), primary, {**primary, "state": "stopped", "timeline": 4}))

    def test_else_who_has_most_the_later_timeline_first(self):
        self.assertEqual((0, MEMBERS[2]), self.first(replica(3, 100), replica(3, 50), replica(3, 108)))
        self.assertEqual((0, MEMBERS[1]), self.first(replica(3, 900), replica(4, 50), replica(3, 901)))
        # Without data there is nothing to tell.
        self.assertEqual((0, MEMBERS[0]), self.first(replica(1, 1), {"state": "stopped", "role": "uninitialized"},
                                                     {"state": "stopped", "role": "uninitialized"}))

    def test_nobody_while_one_that_may_have_more_is_silent(self):
        code, said = self.first(replica(3, 100), None, replica(3, 100))
        self.assertNotEqual(0, code)
        self.assertEqual("no PostgreSQL runs as primary, and nobody knows what 10.0.0.2 has", said)

    def test_what_etcd_knows(self):
        one, other = {"Member": "pg1", "Role": "Replica"}, {"Member": "pg2", "Role": "Leader"}
        self.assertEqual((0, "forgotten"), self.run_in({}, "in_etcd", []))
        self.assertEqual((0, "forgotten"), self.run_in({}, "in_etcd", [{**other, "Role": "Replica"}]))
        self.assertEqual((0, "led"), self.run_in({}, "in_etcd", [other]))
        self.assertEqual((0, "known"), self.run_in({}, "in_etcd", [one, other]))

    def test_whether_somebody_tells(self):
        self.assertNotEqual(0, self.run_in({}, "somebody_tells")[0])
        self.assertEqual(0, self.run_in({MEMBERS[2]: replica(1, 1)}, "somebody_tells")[0])


if __name__ == "__main__":
    unittest.main()
