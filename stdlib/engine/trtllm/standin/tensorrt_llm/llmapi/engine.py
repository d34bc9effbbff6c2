"""Starts a server's engine: on its own GPU, or on the ranks that the launcher gathered."""

import os

from ..standin import surroundings
from ..standin.gpus import DeviceLock, visible_devices
from ..standin.report import StandinError, info
from . import session
from .llm_args import sizes_of

# The locks of a single-GPU server live as long as the process.
_taken = []


def check_launcher(values):
    """A server of several ranks needs the launcher above it."""
    sizes = sizes_of(values)
    ranks = sizes["tp"] * sizes["pp"] * sizes["cp"]
    if ranks > 1 and not session.launched():
        raise StandinError(
            f"tensor_parallel_size {sizes['tp']} x pipeline {sizes['pp']} x context {sizes['cp']} needs {ranks} MPI "
            f"ranks, but this process was not started through trtllm-llmapi-launch ({session.SPAWN_PROXY} is not set)"
        )


def check_surroundings(values):
    """What would stop the real server before it asks for a GPU."""
    problems = surroundings.problems_of_environment(os.environ)
    problems += surroundings.problems_of_model(values["model"], os.environ)
    if problems:
        raise StandinError("\n".join(problems))


def start(values):
    """Blocks until every rank is up, or raises with all problems.

    Returns the line to the ranks' leader; None where there is none.
    """
    sizes = sizes_of(values)
    ranks = sizes["tp"] * sizes["pp"] * sizes["cp"]
    line = None
    devices = visible_devices()
    if not devices:
        raise StandinError("No GPU devices found on the node: CUDA_VISIBLE_DEVICES is empty or not set")
    sizes["gpus_per_node"] = values.get("gpus_per_node") or len(devices)

    memory, problems = surroundings.memory(values, sizes, os.environ)
    if problems:
        raise StandinError("\n".join(problems))

    if session.launched():
        answer, line = session.ask({"action": "engine", "sizes": sizes}, keep=True)
        if answer["problems"]:
            raise StandinError("\n".join(answer["problems"]))
        placed = answer["summary"]
    else:
        _taken.append(DeviceLock(devices[0]))
        placed = f"device {devices[0]}"
    info(f"engine of {ranks} ranks (tp {sizes['tp']}, pp {sizes['pp']}, cp {sizes['cp']}) on {placed}")
    if memory:
        info(f"pretend memory: {memory}")
    return line


def wait_for_loss(line):
    """Blocks until the ranks' leader is gone."""
    try:
        line.recv()
    except (EOFError, OSError):
        pass
    raise StandinError("the leader of this server's ranks is gone: one of them died, or the step was stopped")
