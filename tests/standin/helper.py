"""What the tests of the stand-in share: where it is, and how its programs are started."""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENGINE = os.path.join(ROOT, "stdlib", "engine", "trtllm")
STANDIN = os.path.join(ENGINE, "standin")
sys.path.insert(0, STANDIN)
# The folder is part of the compiler's binary: nothing is to be left in it.
sys.dont_write_bytecode = True

# Names of GPUs that nobody else on this machine locks.
GPUS = [f"GPU-test-{os.getpid()}-{number}" for number in range(4)]


def python_bin():
    """A folder in which both names of Python mean this one."""
    folder = tempfile.mkdtemp(prefix="standin-bin-")
    atexit.register(shutil.rmtree, folder)
    for name in ("python", "python3"):
        os.symlink(sys.executable, os.path.join(folder, name))
    return folder


def environment(**changes):
    """The environment of a node: the stand-in first on PATH, no trace of Slurm or MPI."""
    values = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SLURM_", "PMI", "OMPI_", "TLLM_", "TRTLLM_", "CUDA_"))
    }
    values["PATH"] = os.pathsep.join((PYTHON_BIN, os.path.join(STANDIN, "bin"), values["PATH"]))
    values["PYTHONPATH"] = STANDIN
    values["PYTHONDONTWRITEBYTECODE"] = "1"
    values.update(changes)
    return values


PYTHON_BIN = python_bin()


def run(*command, cwd=None, **changes):
    """Runs a program to its end."""
    return subprocess.run(
        command, cwd=cwd, env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def start(*command, cwd=None, **changes):
    """Starts a server; its log comes with `stop`."""
    return subprocess.Popen(
        command, cwd=cwd, env=environment(**changes), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )


def stop(process):
    """Ends a server as Slurm's SIGTERM does; returns its log."""
    process.terminate()
    return process.communicate()[0]


def free_port():
    """A port that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(process, port):
    """Returns when /health answers 200; fails if the server ends first."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.05)
    raise AssertionError(f"the server ended: {process.communicate()[0]}")


def write(folder, name, text):
    """Writes a file; returns its path."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path
