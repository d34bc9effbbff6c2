"""Worlds of ranks take turns where many ranks share few cores.

Ranks that start MPI or reduce poll for each other. Hundreds of them on a few cores spend all of the time on that, and get
nowhere. So a world begins when there is room for its ranks: it takes as many of the folder REHEARSAL_TURNS's files as it
has ranks, or all of them. The kernel gives them back when rank 0 ends, however it ends.
"""

import fcntl
import os
import time
from contextlib import contextmanager

# Between two looks for room, or for rank 0's word.
PAUSE = 0.05
LONGEST_PAUSE = 0.5


def _folder():
    """Where turns are taken; None outside a rehearsal, and for a process that is no rank."""
    return os.environ.get("REHEARSAL_TURNS") if "PMIX_RANK" in os.environ else None


def _lock(path, wait):
    file = open(path, "w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        file.close()
        return None
    return file


@contextmanager
def room(ranks):
    """Rank 0 waits here until there is room for its world, which it takes until the end of the block."""
    folder = _folder()
    places = sorted(name for name in os.listdir(folder) if name.startswith("place-")) if folder else []
    taken = []
    if places:
        # One world after the other: two that have half of the room each would wait for ever.
        with _lock(os.path.join(folder, "queue"), wait=True):
            while len(taken) < min(ranks, len(places)):
                free = [name for name in places if name not in (os.path.basename(file.name) for file in taken)]
                found = [file for name in free if (file := _lock(os.path.join(folder, name), wait=False))]
                surplus = len(taken) + len(found) - min(ranks, len(places))
                for file in found[: max(surplus, 0)]:
                    file.close()
                taken += found[max(surplus, 0) :]
                if len(taken) < min(ranks, len(places)):
                    time.sleep(PAUSE)
    try:
        yield
    finally:
        for file in taken:
            file.close()


@contextmanager
def start():
    """The start of MPI, for every rank: the others wait until rank 0 has room for the world."""
    folder = _folder()
    if folder is None:
        yield
        return
    name = "-".join(os.environ.get(part, "") for part in ("SLURM_JOB_ID", "SLURM_RESTART_COUNT", "SLURM_STEP_ID"))
    word = os.path.join(folder, f"begin-{name}")
    if os.environ["PMIX_RANK"] == "0":
        with room(int(os.environ.get("SLURM_NTASKS") or 1)):
            open(word, "w", encoding="utf-8").close()
            yield
        return
    pause = PAUSE
    while not os.path.exists(word):
        time.sleep(pause)
        pause = min(pause * 1.2, LONGEST_PAUSE)
    yield
