"""What all ranks of a server do together when an engine is created."""

import os
import socket
from array import array

from mpi4py import MPI

from ..standin.gpus import DeviceLock, visible_devices
from ..standin.report import StandinError
from . import placement

# The locks of this rank's GPU live as long as the process: that is how long its memory is taken.
_taken = []


def create_engine(comm, sizes):
    """Starts the engine on every rank; the leader gets {"problems": […], "summary": …}, others None."""
    visible = visible_devices()
    # The engine maps ranks to devices by the leader's GPU count, so a partial node must come last.
    local = comm.rank % sizes["gpus_per_node"]
    report = {
        "rank": comm.rank,
        "host": socket.gethostname(),
        "variable": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "visible": visible,
        "local": local,
        "gpus_per_node": sizes["gpus_per_node"],
        "device": visible[local] if local < len(visible) else None,
    }
    reports = comm.gather(report, root=0)
    problems = placement.check(sizes, reports) if comm.rank == 0 else None
    problems = comm.bcast(problems, root=0)
    if not problems:
        problems = all_reduce_problems(comm)
    if not problems:
        problems = comm.allreduce(take_device(report["device"]))
    if comm.rank != 0:
        return None
    return {"problems": problems, "summary": "" if problems else placement.summary(reports)}


def all_reduce_problems(comm):
    """A real all-reduce over the world, as the first thing that NCCL would do."""
    values = array("d", [comm.rank + 1.0]) * 1024
    comm.Allreduce(MPI.IN_PLACE, [values, MPI.DOUBLE], op=MPI.SUM)
    expected = comm.size * (comm.size + 1) / 2
    wrong = any(value != expected for value in values)
    return comm.allreduce([f"the all-reduce on rank {comm.rank} gave {values[0]}, not {expected}"] if wrong else [])


def take_device(device):
    """Takes this rank's GPU; returns what stands against it."""
    try:
        _taken.append(DeviceLock(device))
    except StandinError as error:
        return [str(error)]
    return []
