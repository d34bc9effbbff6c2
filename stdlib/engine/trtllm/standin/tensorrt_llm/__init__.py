"""A stand-in for TensorRT-LLM: its entry points, options, files and network behaviour, without a model.

Like the real package it starts MPI when it is imported. So a coordinator or client that inherits
Slurm's variables without --mpi dies here as it would on the cluster.
"""

import os

# Many ranks share few cores in a rehearsal: a rank that waits must give its core away.
os.environ.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")
# A process outside any step is a world of its own: Open MPI need not start a daemon beside it for that.
os.environ.setdefault("OMPI_MCA_ess_singleton_isolated", "1")

from .standin import turns  # noqa: E402
from .standin.alone import say_why_mpi_will_abort  # noqa: E402

say_why_mpi_will_abort()

with turns.start():
    from mpi4py import MPI  # noqa: F401  (imported for its effect: MPI_Init)

from .version import __version__  # noqa: E402,F401
