"""The line between trtllm-serve and the leader of its ranks.

The launcher exports an address and a key: a port of this node (up to 1.0, and where the bundle sets one)
or a socket file (from 1.1 on). The leader listens there; trtllm-serve and the launcher's last command
connect, say one thing, and hear one answer.
"""

import os
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from urllib.parse import urlsplit

from ..standin.report import StandinError

SPAWN_PROXY = "TLLM_SPAWN_PROXY_PROCESS"
ADDRESS = "TLLM_SPAWN_PROXY_PROCESS_IPC_ADDR"
KEY = "TLLM_SPAWN_PROXY_PROCESS_IPC_HMAC_KEY"

# The leader listens only after its MPI start, which takes long where many ranks share few cores.
CONNECT_SECONDS = 120


def launched():
    """Whether the launcher stands above this process."""
    return os.environ.get(SPAWN_PROXY) == "1"


def address():
    """Where the leader listens: a host and a port, or a file's path."""
    text = os.environ.get(ADDRESS, "")
    parts = urlsplit(text)
    try:
        if parts.scheme == "tcp" and parts.hostname and parts.port:
            return parts.hostname, parts.port
    except ValueError:
        pass  # a port that is no number
    if parts.scheme == "ipc" and parts.path.startswith("/") and not parts.netloc:
        return parts.path
    raise StandinError(
        f"{ADDRESS} is \"{text}\", neither tcp://HOST:PORT nor ipc:///PATH: "
        "was this started through trtllm-llmapi-launch?"
    )


def shown(place):
    """An address for a person."""
    return place if isinstance(place, str) else f"{place[0]}:{place[1]}"


def key():
    """What both ends must know. A launcher without a key leaves the line open, as the real one does."""
    return os.environ.get(KEY, "").encode() or None


def listen():
    """The leader's end. The launcher probed the port long ago, so it may be taken by now."""
    place = address()
    try:
        return Listener(place, backlog=16, authkey=key())
    except OSError as error:
        raise StandinError(
            f"the leader can't listen at {shown(place)}: {error.strerror}: "
            "do two servers on this node have the same address?"
        ) from error


def ancestors():
    """The processes above this one, as long as they can be seen."""
    found, pid = [], os.getpid()
    while pid > 1:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            break
        found.append(pid)
    return found


def ask(message, keep=False):
    """Sends the leader one message and returns its answer; with `keep`, the open line too.

    The leader's end of a kept line closes when the leader dies.
    """
    place = address()
    above = ancestors()
    deadline = time.monotonic() + CONNECT_SECONDS
    pause = 0.02
    while True:
        try:
            line = Client(place, authkey=key())
            try:
                line.send(message)
                answer = line.recv()
            except BaseException:
                line.close()
                raise
            if keep:
                return answer, line
            line.close()
            return answer
        except AuthenticationError as error:
            raise StandinError(
                f"the leader at {shown(place)} has another key: it belongs to another server on this node"
            ) from error
        except (ConnectionRefusedError, FileNotFoundError) as error:
            if ancestors() != above:
                raise StandinError(f"no leader listens at {shown(place)}, and the launcher has ended") from error
            if time.monotonic() > deadline:
                raise StandinError(
                    f"no leader listens at {shown(place)} after {CONNECT_SECONDS} s"
                ) from error
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        except (EOFError, OSError) as error:
            raise StandinError(
                f"the leader at {shown(place)} closed the line: {error or 'no answer'}"
            ) from error
