"""What is changed of Patroni's settings in etcd, so that they are those that shall be there."""
import json
import unittest

from program import load

program = load("patroni/patch-settings")


class Patch(unittest.TestCase):
    """What is patched is what was meant, and then there is nothing to patch."""
    OWN = {"ttl": 20, "postgresql": {"use_slots": True, "parameters": {"max_connections": 200}}}
    MORE = {**OWN, "slots": {"shop": {"type": "physical"}}, "pgha_extra": ["postgresql.pg_ctl_timeout", "slots"],
            "postgresql": {**OWN["postgresql"], "pg_ctl_timeout": 90}}

    def becomes(self, given, wanted, changes):
        given = json.loads(json.dumps(given))
        self.assertEqual(changes, program.patch_all(wanted, given))
        self.patched(given, changes)
        self.assertEqual({}, program.patch_all(wanted, given))
        return given

    def patched(self, config, data):
        """As Patroni 4.0 does it (utils.patch_config)."""
        for name, value in data.items():
            if value is None:
                config.pop(name, None)
            elif isinstance(value, dict) and isinstance(config.get(name), dict):
                self.patched(config[name], value)
            elif name not in config or isinstance(value, dict) or str(config[name]) != str(value):
                config[name] = value

    def test_nothing(self):
        self.becomes(self.OWN, self.OWN, {})
        self.becomes({**self.MORE, "pause": True}, self.MORE, {})
        self.becomes({**self.OWN, "ttl": "20"}, self.OWN, {})

    def test_only_what_differs(self):
        self.becomes({**self.OWN, "ttl": 30}, self.OWN, {"ttl": 20})
        self.becomes({"ttl": 20}, self.OWN, {"postgresql": self.OWN["postgresql"]})
        self.becomes({**self.OWN, "postgresql": None}, self.OWN, {"postgresql": self.OWN["postgresql"]})

    def test_a_parameter_of_nobody_goes(self):
        parameters = {"max_connections": 200, "wal_level": "logical"}
        self.becomes({**self.OWN, "postgresql": {"use_slots": True, "parameters": parameters}}, self.OWN, {"postgresql": {"parameters": {"wal_level": None}}})

    def test_what_the_user_adds_and_takes_out_again(self):
        theirs = {**self.OWN, "pause": True, "ignore_slots": [{"name": "x"}],
                  "postgresql": {**self.OWN["postgresql"], "callbacks": {"on_stop": "/bin/true"}}}
        added = self.becomes(theirs, self.MORE, {
            "slots": {"shop": {"type": "physical"}}, "pgha_extra": ["postgresql.pg_ctl_timeout", "slots"],
            "postgresql": {"pg_ctl_timeout": 90}})
        self.assertEqual(theirs, self.becomes(added, self.OWN, {
            "slots": None, "pgha_extra": None, "postgresql": {"pg_ctl_timeout": None}}))

    def test_a_default_that_was_replaced_comes_back(self):
        self.becomes({**self.OWN, "ttl": 99, "pgha_extra": ["ttl"]}, self.OWN, {"ttl": 20, "pgha_extra": None})

    def test_a_setting_of_the_users_is_theirs_as_a_whole(self):
        given = {**self.MORE, "slots": {"shop": {"type": "logical", "database": "shop"}, "byhand": {"type": "physical"}}}
        self.becomes(given, self.MORE, {"slots": {"byhand": None, "shop": {"type": "physical", "database": None}}})

    def test_an_empty_one(self):
        self.becomes(self.OWN, {**self.OWN, "slots": {}}, {"slots": {}})
        self.becomes({**self.OWN, "slots": {"a": {}}}, {**self.OWN, "slots": {}}, {"slots": {"a": None}})


if __name__ == "__main__":
    unittest.main()
