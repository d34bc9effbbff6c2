"""The coordinator and the client are single processes: neither MPI nor the launcher belongs above them."""

import os

from .report import StandinError, info

RANKS = ("PMIX_RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK")


def refuse_company(program):
    """The real program would start, join an MPI world that nobody meant, and hang or hold up its step."""
    for name in RANKS:
        if name in os.environ:
            raise StandinError(
                f"{program} was started with MPI ({name} is set): start its step without --mpi, "
                "and unset what a site's default sets"
            )
    if os.environ.get("TLLM_SPAWN_PROXY_PROCESS") == "1":
        raise StandinError(f"{program} was started through trtllm-llmapi-launch: only a worker needs that")


def say_why_mpi_will_abort():
    """In a step without PMIx, MPI_Init ends the process with a long text that names no cure."""
    if "SLURM_STEP_ID" in os.environ and not any(name in os.environ for name in RANKS):
        info(
            "[ERROR] MPI can't start here: this Slurm step was started without --mpi=pmix. A rank of a server needs "
            "it; a program without MPI must unset the SLURM_ variables"
        )
