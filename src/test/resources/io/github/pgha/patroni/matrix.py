"""Shows nasty values of all parameters to the trial, on a host of PostgreSQL: matrix.py values prints them as JSON, and matrix.py try
<JSON tells which of them the trial refuses, and what of those that it takes a server can't be restarted with."""
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

BIN = "/usr/lib/postgresql/17/bin/"
TRIAL = "/usr/local/libexec/pgha/trial-server.sh"
GROUP = 30
# With which more is looked at.
BASE = {"logging_collector": "on", "archive_mode": "on"}
POSTGRES = pwd.getpwnam("postgres")


def run(*command, stdin="", seconds=300):
    return subprocess.run(command, input=stdin, text=True, errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=seconds, user="postgres", group="postgres", extra_groups=[],
                          cwd="/tmp", env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, check=False)


def nasty(kind, least, most, words):
    if kind == "bool":
        return ["on", "off", "maybe", ""]
    if kind == "enum":
        return words + ["nosuch", ""]
    if kind == "string":
        return ["nosuch", "/nowhere/at/all", "", "%", "'", "-1", "x" * 3000]
    whole = kind == "integer"
    return [least, most, str(int(float(least)) - 1) if whole else "-1e300", str(int(float(most)) + 1) if whole else "1e300",
            "99999999999999999999", "many", "", "1e2147483648"]


def values():
    said = run("psql", "-XAtq", "-d", "postgres", "-c", "SELECT json_agg(json_build_array(lower(name), vartype, min_val, max_val, "
               "coalesce(enumvals, '{}'), context)) FROM pg_settings WHERE context <> 'internal' AND name !~ '[.]'")
    return [[name, value, context == "postmaster" and (value == most or kind in ("string", "enum"))]
            for name, kind, least, most, words, context in json.loads(said.stdout)
            for value in dict.fromkeys(nasty(kind, least, most, words))]


def quoted(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


class Server:
    """A cluster of its own on a socket of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder + "/data"

    def made(self):
        if os.path.exists(self.folder + "/template"):
            shutil.rmtree(self.data, ignore_errors=True)
            run("cp", "-a", self.folder + "/template", self.data)
        else:
            made = run(BIN + "initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N")
            assert made.returncode == 0, made.stdout
            run("cp", "-a", self.data, self.folder + "/template")
        return self

    def configure(self, text):
        with open(self.data + "/postgresql.conf", "a", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        options = "-c listen_addresses= -c fsync=off -c archive_timeout=0 -c unix_socket_directories=" + self.folder
        return run(BIN + "pg_ctl", "start", "-s", "-w", "-t", "60", "-D", self.data, "-l", self.folder + "/log", "-o", options)

    def sql(self, text):
        return run("psql", "-XAt", "-v", "VERBOSITY=terse", "-h", self.folder, "-d", "postgres", "-f", "-", stdin=text)

    def stop(self, mode):
        run(BIN + "pg_ctl", "stop", "-s", "-m", mode, "-t", "60", "-D", self.data)


def folder():
    path = tempfile.mkdtemp(prefix="pgha-matrix.", dir="/var/lib/postgresql")
    os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)
    return path


def judged(server, candidates):
    """Those that PostgreSQL takes into a file, and the others; in one session, as a quick check."""
    server.made().start()
    said = server.sql("".join(f"\\echo #{i}\nALTER SYSTEM SET {name} = {quoted(value)};\nALTER SYSTEM RESET ALL;\n"
                              for i, (name, value, _) in enumerate(candidates))).stdout
    server.stop("immediate")
    bad, current = set(), None
    for line in said.splitlines():
        if line.startswith("#"):
            current = int(line[1:])
        elif "ERROR" in line:
            bad.add(current)
    assert current == len(candidates) - 1, said[-2000:]
    return ([c for i, c in enumerate(candidates) if i not in bad], [c for i, c in enumerate(candidates) if i in bad])


def groups(candidates):
    """Of one name only one at once; and alone what a server is likely not to start with."""
    alone = [c for c in candidates if c[2]]
    rest = [c for c in candidates if not c[2]]
    yield from ([c] for c in alone)
    while rest:
        group, names, later = [], set(), []
        for c in rest:
            if c[0] in names or len(group) == GROUP:
                later.append(c)
            else:
                group.append(c)
                names.add(c[0])
        yield group
        rest = later


class Matrix:
    def __init__(self, path):
        self.server = Server(path)
        self.conf = path + "/trial.conf"
        with open("/etc/patroni/trial.conf", encoding="utf-8") as file:
            self.base = file.read() + "".join(f"{n} = '{v}'\n" for n, v in BASE.items())
        self.refused, self.broken, self.trials = [], [], 0

    def trial(self, group):
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write(self.text(group))
        os.chmod(self.conf, 0o644)
        started = time.time()
        self.trials += 1
        said = run(TRIAL, self.conf)
        if said.returncode and (not said.stdout.strip() or time.time() - started > 120):
            self.broken.append([group, "the trial says nothing, or too late", said.stdout])
        return said

    def text(self, group):
        return self.base + "".join(f"{name} = {quoted(value)}\n" for name, value, _ in group)

    def show(self, group):
        said = self.trial(group)
        if said.returncode == 0:
            self.restart(group)
        elif len(group) == 1:
            self.refused.append([*group[0][:2], said.stdout.strip()[:200]])
            print(*self.refused[-1], sep="\t", file=sys.stderr, flush=True)
        else:
            self.show(group[:len(group) // 2])
            self.show(group[len(group) // 2:])

    def restart(self, group):
        """Without the trial's own help: a server that has them is stopped and comes back."""
        self.server.made().configure(self.text(group))
        for mode in ("fast", "immediate"):
            said = self.server.start()
            if said.returncode == 0:
                said = self.server.sql("CREATE TEMP TABLE t AS SELECT 1 AS one; SELECT 'works' FROM t WHERE one = 1;")
            if said.returncode or "works" not in said.stdout:
                self.broken.append([group, "taken by the trial, and doesn't work", said.stdout[-500:]])
            self.server.stop(mode)


def main():
    if sys.argv[1] == "values":
        print(json.dumps(values()))
        return
    candidates = json.load(sys.stdin)
    path = folder()
    try:
        matrix = Matrix(path)
        taken, bad = judged(matrix.server, candidates)
        for group in groups(taken):
            matrix.show(group)
        print(json.dumps({"asked": len(candidates), "bad": bad, "refused": matrix.refused, "broken": matrix.broken,
                          "trials": matrix.trials}))
    finally:
        shutil.rmtree(path)


if __name__ == "__main__":
    main()
