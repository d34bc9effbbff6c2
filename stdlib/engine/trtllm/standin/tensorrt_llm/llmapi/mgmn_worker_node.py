"""A rank other than 0: waits for the leader's orders without burning its core."""

import os
import time

from mpi4py import MPI

from ..standin.report import StandinError, fail
from . import ranks

ORDER_TAG = 7
LONGEST_NAP = 0.2


def wait_for_order(comm):
    """The leader's next message. MPI's own blocking receive would poll at full speed for hours."""
    nap = 0.001
    while not comm.Iprobe(source=0, tag=ORDER_TAG):
        time.sleep(nap)
        nap = min(nap * 1.5, LONGEST_NAP)
    return comm.recv(source=0, tag=ORDER_TAG)


def main():
    """Follows the leader until it says stop."""
    comm = MPI.COMM_WORLD
    if comm.rank == 0:
        fail(
            StandinError(
                f"this worker is rank 0 of an MPI world of {comm.size}, though the launcher counted "
                f"{os.environ.get('tllm_mpi_size', '?')} ranks: was the step started without --mpi?"
            )
        )
    while True:
        message = wait_for_order(comm)
        if message["action"] == "stop":
            return
        ranks.create_engine(comm, message["sizes"])


if __name__ == "__main__":
    main()
