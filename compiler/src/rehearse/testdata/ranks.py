"""Every rank adds its number to the sum of all."""

import os
import socket

import stand_in_mark
from mpi4py import MPI

world = MPI.COMM_WORLD
total = world.allreduce(world.rank)
print(f"rank {world.rank} on {socket.gethostname()}: sum {total} of {world.size}, "
      f"GPUs {os.environ.get('CUDA_VISIBLE_DEVICES')}, {stand_in_mark.WORD}", flush=True)
