import os
import pathlib
import subprocess
import tempfile
import unittest

from program import RESOURCES


class SuperuserSqlTest(unittest.TestCase):
    """What a database's owner has set for it doesn't reach our sessions."""

    def run_it(self, *arguments, **environment):
        with tempfile.TemporaryDirectory() as folder:
            runuser = pathlib.Path(folder, "runuser")
            runuser.write_text('#!/bin/sh\nprintf "%s\\n" "$PGOPTIONS" "$@"\n')
            runuser.chmod(0o755)
            said = subprocess.run(["sh", str(RESOURCES / "patroni/superuser-sql"), *arguments], capture_output=True, text=True,
                                  check=True, env={**os.environ, **environment, "PATH": f"{folder}:{os.environ['PATH']}"})
        options, *command = said.stdout.splitlines()
        return options, command

    def test_what_could_mislead_us_is_pinned(self):
        options, command = self.run_it("-d", "app", "-c", "SELECT 1")
        for pinned in ("search_path=pg_catalog", "role=none", "default_transaction_read_only=off", "lock_timeout=10s",
                       "session_preload_libraries=", "local_preload_libraries="):
            self.assertIn(f"-c {pinned} ", options + " ")
        self.assertEqual(["-u", "postgres", "--", "psql"], command[:4])
        self.assertEqual(["-d", "app", "-c", "SELECT 1"], command[-4:])

    def test_more_options_come_last(self):
        options, _ = self.run_it(PGOPTIONS="-c synchronous_commit=local")
        self.assertTrue(options.endswith(" -c synchronous_commit=local"))


if __name__ == "__main__":
    unittest.main()
