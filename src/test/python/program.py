"""Loads a program of the hosts, which has no .py in its name, as a module."""
import importlib.machinery
import importlib.util
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
RESOURCES = ROOT / "src/main/resources/io/github/pgha"


def load(path):
    """path: below RESOURCES. The module is called as the file is, with _ for -."""
    sys.dont_write_bytecode = True
    name = pathlib.Path(path).name.replace("-", "_")
    loader = importlib.machinery.SourceFileLoader(name, str(RESOURCES / path))
    spec = importlib.util.spec_from_loader(name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
