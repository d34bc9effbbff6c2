"""Starts a server's engine: on its own GPU, or on the ranks that the launcher gathered."""

from ..standin.gpus import DeviceLock, visible_devices
from ..standin.report import StandinError, info
from . import session
from .llm_args import sizes_of

# The locks of a single-GPU server live as long as the process.
_taken = []


def start(values):
    """Blocks until every rank is up, or raises with all problems."""
    sizes = sizes_of(values)
    ranks = sizes["tp"] * sizes["pp"] * sizes["cp"]
    devices = visible_devices()
    if not devices:
        raise StandinError("No GPU devices found on the node: CUDA_VISIBLE_DEVICES is empty or not set")
    sizes["gpus_per_node"] = values.get("gpus_per_node") or len(devices)

    if session.launched():
        answer = session.ask({"action": "engine", "sizes": sizes})
        if answer["problems"]:
            raise StandinError("\n".join(answer["problems"]))
        placed = answer["summary"]
    elif ranks > 1:
        raise StandinError(
            f"tensor_parallel_size {sizes['tp']} x pipeline {sizes['pp']} x context {sizes['cp']} needs {ranks} MPI "
            f"ranks, but this process was not started through trtllm-llmapi-launch ({session.SPAWN_PROXY} is not set)"
        )
    else:
        _taken.append(DeviceLock(devices[0]))
        placed = f"device {devices[0]}"
    info(f"engine of {ranks} ranks (tp {sizes['tp']}, pp {sizes['pp']}, cp {sizes['cp']}) on {placed}")
