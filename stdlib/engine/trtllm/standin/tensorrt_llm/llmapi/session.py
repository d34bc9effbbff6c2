"""The line between trtllm-serve and the leader of its ranks.

The launcher exports an address and a key. The leader listens there; trtllm-serve and the launcher's
last command connect, say one thing, and hear one answer.
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
CONNECT_SECONDS = 300


def launched():
    """Whether the launcher stands above this process."""
    return os.environ.get(SPAWN_PROXY) == "1"


def address():
    """Where the leader listens."""
    text = os.environ.get(ADDRESS, "")
    parts = urlsplit(text)
    if parts.scheme != "tcp" or not parts.hostname or not parts.port:
        raise StandinError(
            f"{ADDRESS} is \"{text}\", not tcp://HOST:PORT: was this started through trtllm-llmapi-launch?"
        )
    return parts.hostname, parts.port


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
            f"the leader can't listen at {place[0]}:{place[1]}: {error.strerror}: "
            "did two launchers on this node find the same free port?"
        ) from error


def ask(message):
    """Sends the leader one message and returns its answer."""
    place = address()
    deadline = time.monotonic() + CONNECT_SECONDS
    pause = 0.02
    while True:
        try:
            with Client(place, authkey=key()) as line:
                line.send(message)
                return line.recv()
        except AuthenticationError as error:
            raise StandinError(
                f"the leader at {place[0]}:{place[1]} has another key: it belongs to another server on this node"
            ) from error
        except ConnectionRefusedError as error:
            if time.monotonic() > deadline:
                raise StandinError(
                    f"no leader listens at {place[0]}:{place[1]} after {CONNECT_SECONDS} s"
                ) from error
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        except (EOFError, OSError) as error:
            raise StandinError(
                f"the leader at {place[0]}:{place[1]} closed the line: {error or 'no answer'}"
            ) from error
