"""Worlds of ranks take turns where there is room for few."""

import multiprocessing
import os
import tempfile
import time
import unittest
from unittest import mock

import helper  # noqa: F401: puts the stand-in on the path
from tensorrt_llm.standin import turns


def rank(name, environment, world, log):
    os.environ.update(environment)
    with turns.room(world) if world else turns.start():
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{name} begins\n")
        time.sleep(0.3)
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{name} ends\n")


class Turns(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.log = os.path.join(self.folder.name, "log")
        self.turns = os.path.join(self.folder.name, "turns")
        os.mkdir(self.turns)
        for place in range(4):
            open(os.path.join(self.turns, f"place-{place}"), "w", encoding="utf-8").close()

    def run_ranks(self, *ranks):
        """Each is a name, its variables and the size of its world, or 0 for the start of MPI."""
        context = multiprocessing.get_context("fork")
        processes = []
        for name, variables, world in ranks:
            given = {"PMIX_RANK": "0", "REHEARSAL_TURNS": self.turns, **variables}
            processes.append(context.Process(target=rank, args=(name, given, world, self.log)))
            processes[-1].start()
            time.sleep(0.05)
        for process in processes:
            process.join(20)
            self.assertEqual(process.exitcode, 0)
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()

    def test_worlds_that_do_not_fit_together_come_one_after_the_other(self):
        said = self.run_ranks(("a", {}, 3), ("b", {}, 64))
        self.assertEqual(said, ["a begins", "a ends", "b begins", "b ends"])

    def test_worlds_that_fit_come_together(self):
        said = self.run_ranks(("a", {}, 2), ("b", {}, 2))
        self.assertEqual(said[:2], ["a begins", "b begins"])

    def test_the_other_ranks_wait_for_rank_0(self):
        other = {"PMIX_RANK": "3", "SLURM_NTASKS": "4", "SLURM_STEP_ID": "7"}
        first = {**other, "PMIX_RANK": "0"}
        said = self.run_ranks(("busy", {}, 4), ("other", other, 0), ("first", first, 0))
        self.assertEqual(said[:2], ["busy begins", "busy ends"])
        self.assertEqual(sorted(said[2:4]), ["first begins", "other begins"])

    def test_who_is_no_rank_waits_for_nobody(self):
        with mock.patch.dict(os.environ, {"REHEARSAL_TURNS": self.turns}):
            os.environ.pop("PMIX_RANK", None)
            with turns.start(), turns.room(1000), turns.room(1000):
                pass


if __name__ == "__main__":
    unittest.main()
