# shellcheck shell=bash
# Who has MPI. The job sets SLURM_MPI_TYPE to none, so that it names what the step's srun asked for.

# For programs that are one process.
refuse_mpi() {
    if [ "${SLURM_MPI_TYPE:-none}" != none ]; then
        refuse "$DISAGGC_STEP was started with --mpi=$SLURM_MPI_TYPE: it is one process of its own, which --mpi would draw into an MPI world; take --mpi off its srun"
    fi
}

# For servers whose ranks are one world.
need_mpi() {
    if [ "${SLURM_MPI_TYPE:-none}" = none ]; then
        refuse "$DISAGGC_STEP was started without --mpi: each of its ranks would be an MPI world of its own; give its srun --mpi"
    fi
}
