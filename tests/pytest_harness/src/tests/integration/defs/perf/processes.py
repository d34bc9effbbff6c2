"""Processes and files: starting the engine's programs, waiting for one another."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

POLL_SECONDS = 0.2
LOG_TAIL = 4000
# What the launcher leaves to rank 0's command is meant for the server that leads the ranks.
LAUNCHER_VARIABLES = ("TLLM_SPAWN_PROXY_PROCESS", "tllm_mpi_size")


def alone():
    """The environment of a program that leads no ranks."""
    return {name: value for name, value in os.environ.items() if not name.startswith(LAUNCHER_VARIABLES)}


def free_port():
    """A port that nobody has: of the range that this container was given, or any."""
    start, count = (int(os.environ.get(f"CONTAINER_PORT_{name}", 0)) for name in ("START", "NUM"))
    for port in range(start, start + count) if count else [0]:
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise RuntimeError(f"no port from {start} to {start + count - 1} is free on {socket.gethostname()}")


class Server:
    """A running server with its log."""

    def __init__(self, command, log, env):
        print(f"starting {' '.join(command)}", flush=True)
        self.command, self.log = command, log
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
            )

    def check(self):
        """Fails if the server ended."""
        if (code := self.process.poll()) is not None:
            raise RuntimeError(f"{self.command[0]} ended with {code}; the end of {self.log}:\n{tail(self.log)}")


@contextlib.contextmanager
def serving(command, log, env):
    """A server that is ended with the block."""
    server = Server(command, log, env)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


def tail(path):
    """The end of a log."""
    with open(path, "rb") as file:
        return file.read()[-LOG_TAIL:].decode(errors="replace")


def publish(path, text):
    """Writes a file that others wait for: it is there at once or not at all."""
    part = f"{path}.{os.getpid()}.part"
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(part, path)


def wait(condition, what, seconds, *servers):
    """Waits until something is so, as long as these servers live."""
    print(f"waiting for {what}", flush=True)
    deadline = time.monotonic() + seconds
    while not condition():
        for server in servers:
            server.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"still waiting for {what} after {seconds} s")
        time.sleep(POLL_SECONDS)


def healthy(host, port):
    """Whether a server answers to /health with 200."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
