"""What Patroni is started with. One that runs reads the file again whenever it starts PostgreSQL, whichever it is by then."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

from program import RESOURCES

RUNS = """
import multiprocessing, shutil, sys, time
if __name__ == "__main__":
    shutil.copy(sys.argv[1], __file__)
    child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0,))
    child.start()
    child.join()
    sys.exit(child.exitcode)
"""


class Launcher(unittest.TestCase):
    def test_whoever_runs_with_the_patches_starts_others_when_they_are_off(self):
        with tempfile.TemporaryDirectory() as folder:
            running = pathlib.Path(folder) / "patroni"
            running.write_text(RUNS, encoding="utf-8")
            subprocess.run([sys.executable, running, RESOURCES / "patroni/patroni-unpatched"], check=True, timeout=60)


if __name__ == "__main__":
    unittest.main()
