"""What the scripts of this folder have in common. The server's URL is the first argument; each check names its call; the last line counts them."""
import os
import sys

URL = sys.argv[1]
os.environ["MLFLOW_TRACKING_URI"] = URL
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"

import logging
import warnings

warnings.filterwarnings("ignore")
import mlflow
from mlflow.exceptions import MlflowException

logging.getLogger("mlflow").setLevel(logging.ERROR)
VERSION = tuple(int(part) for part in mlflow.__version__.split(".")[:2])
THREE = VERSION >= (3, 0)
client = mlflow.MlflowClient()
_done = 0


def same(call, got, want):
    """Ends the script, with the call's name, where the two are not equal."""
    global _done
    if got != want:
        sys.exit(f"{call}: got {got!r}, expected {want!r}")
    _done += 1


def refused(call, code, act):
    """Ends the script unless the server refuses with MLflow's error code."""
    try:
        act()
    except MlflowException as e:
        return same(f"{call} (its refusal, {e})", e.error_code, code)
    sys.exit(f"{call}: was taken, expected {code}")


def skip(reason):
    """Nothing of the script can run with this MLflow."""
    print(f"skipped: {reason}")
    sys.exit(77)


def needs(version, what):
    if VERSION < version:
        skip(f"{what} came with MLflow {version[0]}.{version[1]}, this is {mlflow.__version__}")


def module(name):
    """The module, or None where this Python has it not; what needs it is told to be left out."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as e:
        print(f"left out, without {name}: {e}")
        return None


def done():
    print(f"checks: {_done}")
