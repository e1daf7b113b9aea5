"""What of the cluster's roles and databases isn't as it shall be, and the statements that make it so."""
import json
import unittest
from unittest import mock

from program import load

roles = load("patroni/roles")
OWN = {"replication": {"username": "replicator", "password": "one"}, "rewind": {"username": "rewinder", "password": "two"}}


class Roles(unittest.TestCase):
    """Each test changes a state in which nothing is found."""

    def setUp(self):
        self.cluster = roles.Cluster(OWN, "three", {"user": "app", "database": "shop"})
        self.found = {"postgres": self.role(rolsuper=True, rolreplication=True, rolcreaterole=True, rolcreatedb=True,
                                            rolbypassrls=True, rolpassword=None),
                      "replicator": self.role("one", rolreplication=True),
                      "rewinder": self.role("two"),
                      "app": self.role("three", rolcreatedb=True)}
        self.databases = {"postgres": self.database("postgres", ["postgres", "rewinder"]),
                          "shop": self.database("app", ["app"])}
        self.memberships = [["rewinder", "pg_use_reserved_connections", "postgres"]]
        self.settings, self.lacking = [], []

    @staticmethod
    def role(password="", **more):
        return {"rolcanlogin": True, "rolsuper": False, "rolreplication": False, "rolcreaterole": False,
                "rolcreatedb": False, "rolbypassrls": False, "rolconnlimit": -1, "rolvaliduntil": None, "expired": False,
                "rolpassword": roles.verifier(password, b"salt", 4096), **more}

    @staticmethod
    def database(owner, connect):
        return {"owner": owner, "open": True, "connections": -1, "owners": ["CREATE", "TEMPORARY", "CONNECT"], "connect": connect}

    def look(self):
        state = {"roles": self.found, "memberships": self.memberships, "settings": self.settings,
                 "databases": self.databases}
        with mock.patch.object(roles, "anywhere", return_value=json.dumps(state)), \
                mock.patch.object(roles.successor, "statements", lambda *names: [f"what {' '.join(names)}"]), \
                mock.patch.object(roles, "psql", self.psql):
            return self.cluster.look()

    def psql(self, database, statements):
        """What a role has in a database is told by its name here."""
        return json.dumps(database if "pg_shdepend" in statements else self.lacking)

    def check(self, *wanted, needed=True):
        """wanted: the sentence, then the statements of each fault. A password's verifier is left out."""
        faults = self.look()
        self.assertEqual(list(wanted), [(fault.text, *(sql.split(" 'SCRAM")[0] for sql in fault.sql)) for fault in faults])
        self.assertEqual([needed] * len(faults), [fault.needed for fault in faults])

    def test_nothing(self):
        self.check()

    def test_a_role_that_is_gone(self):
        del self.found["replicator"]
        self.check(("the role replicator isn't there", 'CREATE ROLE "replicator" LOGIN REPLICATION',
                    'ALTER ROLE "replicator" PASSWORD'))

    def test_attributes(self):
        self.found["postgres"]["rolcanlogin"] = False
        self.found["replicator"]["rolreplication"] = False
        self.found["app"]["rolcanlogin"] = False
        self.check(("the role postgres lacks LOGIN", 'ALTER ROLE "postgres" LOGIN'),
                   ("the role replicator lacks REPLICATION", 'ALTER ROLE "replicator" REPLICATION'),
                   ("the role app lacks LOGIN", 'ALTER ROLE "app" LOGIN'))

    def test_what_is_too_much_is_not_needed(self):
        self.found["rewinder"]["rolreplication"] = True
        self.found["app"]["rolsuper"] = True
        self.memberships += [["rewinder", 'a "group"', "postgres"], ["app", "pg_monitor", "postgres"]]
        self.check(("the role rewinder has REPLICATION, which it must not have", 'ALTER ROLE "rewinder" NOREPLICATION'),
                   ('the role rewinder is a member of a "group", which it must not be',
                    'REVOKE "a ""group""" FROM "rewinder" GRANTED BY "postgres"'),
                   ("the role app has SUPERUSER, which it must not have", 'ALTER ROLE "app" NOSUPERUSER'), needed=False)

    def test_an_owner_without_rights_on_his_database(self):
        self.databases["shop"]["owners"] = ["TEMPORARY", "CONNECT"]
        self.check(("the role app lacks CREATE on its own database shop", 'GRANT CREATE ON DATABASE "shop" TO "app"'),
                   needed=False)

    def test_memberships(self):
        self.memberships = [["app", "pg_use_reserved_connections", "postgres"]]
        self.check(("the role rewinder isn't a member of pg_use_reserved_connections",
                    'GRANT "pg_use_reserved_connections" TO "rewinder"'))

    def test_passwords(self):
        self.found["app"]["rolpassword"] = roles.verifier("x", b"salt", 4096)
        self.found["rewinder"]["rolpassword"] = None
        self.found["replicator"]["rolpassword"] = "md50123456789abcdef0123456789abcdef"
        for name in "replicator", "rewinder", "app":
            self.assertIn((f"the role {name} has another password than the stack's",),
                          [(fault.text,) for fault in self.look()])
        self.assertEqual(3, len(self.look()))

    def test_a_verifier_is_of_its_password(self):
        # From RFC 7677, whose exchange has this salt and this server key.
        stored = roles.verifier("pencil", roles.base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
        self.assertEqual("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
                         "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", stored)
        self.assertTrue(roles.verifies("pencil", stored))
        self.assertFalse(roles.verifies("pencils", stored))

    def test_time_and_number_of_connections(self):
        self.found["rewinder"].update(rolvaliduntil="2099-01-01T00:00:00+00:00", rolconnlimit=1)
        self.found["replicator"].update(rolvaliduntil="infinity")
        self.found["app"].update(rolvaliduntil="2020-01-01T00:00:00+00:00", expired=True, rolconnlimit=0)
        self.check(("the role rewinder logs in until 2099-01-01T00:00:00+00:00 only",
                    "ALTER ROLE \"rewinder\" VALID UNTIL 'infinity'"),
                   ("the role rewinder may have 1 connections only", 'ALTER ROLE "rewinder" CONNECTION LIMIT -1'),
                   ("the role app logs in until 2020-01-01T00:00:00+00:00 only",
                    "ALTER ROLE \"app\" VALID UNTIL 'infinity'"),
                   ("the role app may have 0 connections only", 'ALTER ROLE "app" CONNECTION LIMIT -1'))

    def test_what_the_application_may_have(self):
        self.found["app"].update(rolvaliduntil="2099-01-01T00:00:00+00:00", rolconnlimit=20, rolreplication=True)
        self.settings = [["app", None, ["role=other"]], ["postgres", None, ["log_statement=all", "work_mem=1GB"]]]
        self.check()

    def test_settings(self):
        self.settings = [["postgres", "shop", ["work_mem=1GB", "role=app"]], ["rewinder", None, ["log_statement=all", "a.b=c=d"]]]
        self.check(("the role postgres has settings of its own, which it must not have: role",
                    'ALTER ROLE "postgres" IN DATABASE "shop" RESET "role"'),
                   ("the role rewinder has settings of its own, which it must not have: log_statement, a.b",
                    'ALTER ROLE "rewinder" RESET "log_statement"', 'ALTER ROLE "rewinder" RESET "a.b"'))

    def test_rights(self):
        self.lacking = roles.REWIND[:6]
        self.databases["postgres"]["connect"] = []
        self.check(("the role rewinder lacks CONNECT on the database postgres",
                    'GRANT CONNECT ON DATABASE "postgres" TO "rewinder"'),
                   ("the role rewinder lacks USAGE on pg_catalog, SELECT on pg_database, SELECT on pg_tablespace, EXECUTE on "
                    "pg_ls_dir(text,boolean,boolean) and 2 more",
                    *(f'GRANT {privilege} ON {kind} {thing} TO "rewinder"' for kind, thing, privilege in self.lacking)))

    def test_databases(self):
        self.databases["postgres"]["open"] = False
        self.databases["shop"].update(connections=0, owner="former", connect=[])
        self.check(("the database postgres lets nobody in", 'ALTER DATABASE "postgres" ALLOW_CONNECTIONS true'),
                   ("the database shop may have 0 connections only", 'ALTER DATABASE "shop" CONNECTION LIMIT -1'),
                   ("the database shop belongs to former, not to app", "BEGIN", "what shop former app",
                    'ALTER DATABASE "shop" OWNER TO "app"', "COMMIT"),
                   ("the role app lacks CONNECT on the database shop", 'GRANT CONNECT ON DATABASE "shop" TO "app"'))

    def test_the_superusers_database_is_taken_over_alone(self):
        self.databases["shop"]["owner"] = "postgres"
        self.check(("the database shop belongs to postgres, not to app", "BEGIN", 'ALTER DATABASE "shop" OWNER TO "app"',
                    "COMMIT"))

    def test_a_database_that_is_gone(self):
        del self.databases["shop"]
        self.check(("the database shop isn't there", 'CREATE DATABASE "shop" OWNER "app"'))

    def test_without_the_application(self):
        self.cluster = roles.Cluster(OWN, "three", None)
        del self.found["app"], self.databases["shop"]
        self.check()


class Sessions(unittest.TestCase):
    """Of psql, which is a stand-in here."""

    def run_psql(self, *answers):
        asked, answers = [], list(answers)

        def run(command, **more):
            asked.append((command[0], command[command.index("-d") + 1]))
            code, text = answers.pop(0)
            return mock.Mock(returncode=code, stdout=text, stderr=text)

        with mock.patch.object(roles.subprocess, "run", run):
            return roles.anywhere("SELECT 1"), asked

    def test_no_session_is_opened_in_another_way(self):
        _, asked = self.run_psql((0, "1"))
        self.assertEqual([("/usr/local/libexec/pgha/superuser-sql", "postgres")], asked)

    def test_another_database_is_the_way_in_where_the_usual_one_is_closed(self):
        said, asked = self.run_psql((2, 'FATAL:  database "postgres" is not currently accepting connections'), (0, "1"))
        self.assertEqual(("1", ["postgres", "template1"]), (said, [database for _, database in asked]))

    def test_what_was_refused_is_said(self):
        with self.assertRaisesRegex(roles.Refused, 'role "postgres" is not permitted to log in'):
            self.run_psql((2, 'FATAL:  role "postgres" is not permitted to log in'), (2, "FATAL: the same"))
        with self.assertRaisesRegex(roles.Refused, "syntax"):
            self.run_psql((3, "ERROR:  syntax error"))


if __name__ == "__main__":
    unittest.main()
