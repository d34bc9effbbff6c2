"""Rank 0 of a server's world: takes trtllm-serve's wishes and carries them to all ranks."""

import argparse
from multiprocessing import AuthenticationError

from mpi4py import MPI

from ..standin import turns
from ..standin.report import StandinError, fail, info
from . import ranks, session
from .mgmn_worker_node import ORDER_TAG


def order(comm, message):
    """Tells the other ranks what to do; they look for it at their own pace."""
    MPI.Request.waitall([comm.isend(message, dest=rank, tag=ORDER_TAG) for rank in range(1, comm.size)])


def answer(comm, message):
    """Does what was asked; returns the answer and whether to go on."""
    if message["action"] == "stop":
        order(comm, message)
        return {}, False
    with turns.room(comm.size):
        order(comm, message)
        return ranks.create_engine(comm, message["sizes"]), True


def lead():
    """Serves the line until somebody says stop. Waiting there costs no CPU."""
    comm = MPI.COMM_WORLD
    listener = session.listen()
    info(f"leader of {comm.size} ranks listens at {session.shown(listener.address)}")
    # A server keeps its line open, to notice when this process dies.
    lines = []
    going = True
    while going:
        try:
            line = listener.accept()
            lines.append(line)
            reply, going = answer(comm, line.recv())
            line.send(reply)
        except (AuthenticationError, EOFError, OSError) as error:
            info(f"somebody else called at the leader's address: {error or type(error).__name__}")
    listener.close()


def main():
    """`--action stop` is the launcher's last word to the leader that this same program is."""
    parser = argparse.ArgumentParser(prog="mgmn_leader_node", allow_abbrev=False)
    parser.add_argument("--action", choices=("start", "stop"), default="start")
    arguments = parser.parse_args()
    if arguments.action == "stop":
        try:
            session.ask({"action": "stop"})
        except StandinError as error:
            fail(error)
        return
    try:
        lead()
    except StandinError as error:
        # Without its leader the world is lost: the other ranks would wait for ever.
        info(f"[ERROR] {error}")
        MPI.COMM_WORLD.Abort(1)


if __name__ == "__main__":
    main()
