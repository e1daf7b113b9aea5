"""The statements by which a role takes another one's place in a database."""
import unittest

from program import load

successor = load("patroni/successor.py")


class Successor(unittest.TestCase):
    def setUp(self):
        self.has = {"role": {"rolcreatedb": False, "rolcreaterole": False, "rolbypassrls": False, "rolreplication": False,
                             "rolconnlimit": -1, "rolinherit": True},
                    "groups": [], "settings": [], "grants": [], "defaults": [], "policies": [], "mappings": []}

    def check(self, *wanted):
        self.assertEqual(['REASSIGN OWNED BY "app" TO "shop"', 'REVOKE "app" FROM "shop"', *wanted, 'GRANT "shop" TO "app"'],
                         list(successor.statements(self.has, "app", "shop")))

    def test_what_it_owns(self):
        self.check()

    def test_attributes(self):
        self.has["role"].update(rolcreatedb=True, rolsuper=True, rolconnlimit=20, rolinherit=False)
        self.check('ALTER ROLE "shop" CREATEDB', 'ALTER ROLE "shop" CONNECTION LIMIT 20', 'ALTER ROLE "shop" NOINHERIT')

    def test_memberships(self):
        # The new one can't be a member of itself.
        self.has["groups"] = [["pg_monitor", False, True, True], ["shop", True, True, True]]
        self.check('GRANT "pg_monitor" TO "shop" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE')

    def test_settings(self):
        self.has["settings"] = [[None, ["search_path=\"$user\", it's", "My.x=a=b\\c", "work_mem=64MB"]],
                                ["da\"ta", ["search_path=\"\"", "timezone=UTC"]]]
        self.check("ALTER ROLE \"shop\" SET \"search_path\" TO '$user', 'it''s'",
                   "ALTER ROLE \"shop\" SET \"My\".\"x\" TO E'a=b\\\\c'",
                   "ALTER ROLE \"shop\" SET \"work_mem\" TO '64MB'",
                   "ALTER ROLE \"shop\" IN DATABASE \"da\"\"ta\" SET \"search_path\" TO ''",
                   "ALTER ROLE \"shop\" IN DATABASE \"da\"\"ta\" SET \"timezone\" TO 'UTC'")

    def test_grants(self):
        self.has["grants"] = [["table", "public.t", None, "SELECT", True], ["table", "public.t", "\"Col\"", "UPDATE", False],
                              ["function", "public.f(integer)", None, "EXECUTE", False], ["schema", "s", None, "USAGE", False],
                              ["server", "other", None, "USAGE", False], ["parameter ACL", "log_statement", None, "SET", False]]
        self.check('GRANT SELECT ON TABLE public.t TO "shop" WITH GRANT OPTION',
                   'GRANT UPDATE ("Col") ON TABLE public.t TO "shop"',
                   'GRANT EXECUTE ON ROUTINE public.f(integer) TO "shop"',
                   'GRANT USAGE ON SCHEMA s TO "shop"',
                   'GRANT USAGE ON FOREIGN SERVER other TO "shop"',
                   'GRANT SET ON PARAMETER log_statement TO "shop"')

    def test_default_privileges(self):
        self.has["defaults"] = [["app", None, "f", "app", "EXECUTE", False], ["app", "s", "r", "reader", "SELECT", True],
                                ["other", None, "r", "app", "SELECT", False]]
        self.check('ALTER DEFAULT PRIVILEGES FOR ROLE "shop" REVOKE ALL ON ROUTINES FROM PUBLIC',
                   'ALTER DEFAULT PRIVILEGES FOR ROLE "shop" GRANT EXECUTE ON ROUTINES TO "shop"',
                   'ALTER DEFAULT PRIVILEGES FOR ROLE "shop" IN SCHEMA "s" GRANT SELECT ON TABLES TO "reader" WITH GRANT OPTION',
                   'ALTER DEFAULT PRIVILEGES FOR ROLE "other" GRANT SELECT ON TABLES TO "shop"')

    def test_policies_and_mappings(self):
        self.has["policies"] = [["public.t", "own rows", ["app", "other"]]]
        self.has["mappings"] = [["far", ["user=x", "password=a'b=c"]], ["near", None]]
        self.check('ALTER POLICY "own rows" ON public.t TO "app", "other", "shop"',
                   "CREATE USER MAPPING IF NOT EXISTS FOR \"shop\" SERVER \"far\" OPTIONS (\"user\" 'x', \"password\" 'a''b=c')",
                   'CREATE USER MAPPING IF NOT EXISTS FOR "shop" SERVER "near"')


if __name__ == "__main__":
    unittest.main()
