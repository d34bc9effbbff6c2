"""The launcher's contract: what each rank runs, with which environment, and what ends it."""

import os
import stat
import tempfile
import unittest
from unittest import mock

import helper
from tensorrt_llm.llmapi import session
from tensorrt_llm.standin.report import StandinError

LAUNCHER = os.path.join(helper.STANDIN, "bin", "trtllm-llmapi-launch")
LOST = ("SLURM_", "UCX_", "MPI_", "OMPI_", "PMIX_", "PMI_", "KMP_", "I_MPI_", "HYDRA_", "MPICH_", "MV2_", "CRAY_")

# Takes Python's place: it records which module was asked for, with its environment. The leader waits
# until somebody writes to the pipe: --action stop, or a test's command.
FAKE_PYTHON = """#!/bin/bash
case "$*" in
    *mgmn_leader_node\\ --action\\ stop) env >"$RECORDS/stop"; [ -e "$RECORDS/failed" ] || echo stop >"$RECORDS/pipe" ;;
    *mgmn_leader_node) env >"$RECORDS/leader"; read -r _ <"$RECORDS/pipe" ;;
    *mgmn_worker_node) env >"$RECORDS/worker" ;;
    *) exec "$REAL_PYTHON" "$@" ;;
esac
"""
RECORD = """#!/bin/bash
env >"$RECORDS/command"
printf '%s\\n' "$@" >"$RECORDS/words"
"""
FAIL = """#!/bin/bash
touch "$RECORDS/command" "$RECORDS/failed"
echo failed >"$RECORDS/pipe"
exit 3
"""


class Launcher(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.records = os.path.join(self.folder, "records")
        os.mkdir(self.records)
        os.mkfifo(os.path.join(self.records, "pipe"))
        for name, text in {"python3": FAKE_PYTHON, "python": FAKE_PYTHON, "record": RECORD, "fail": FAIL}.items():
            path = helper.write(self.folder, name, text)
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def launch(self, *command, rank=0, **changes):
        """Runs the launcher as one rank of four. It returns when all that it started has ended."""
        values = {
            "PATH": os.pathsep.join((self.folder, helper.environment()["PATH"])),
            "RECORDS": self.records, "REAL_PYTHON": os.path.join(helper.PYTHON_BIN, "python3"),
            "SLURM_PROCID": str(rank), "SLURM_NTASKS": "4", "SLURM_STEP_ID": "1", "UCX_TLS": "rc", "UCX_NET": "x",
            "MPI_X": "1", "PMIX_RANK": str(rank), "OMPI_COMM_WORLD_SIZE": "4", "KMP_X": "1", "ROLE": "gen",
            "TRTLLM_ENABLE_PDL": "1", **changes,
        }
        return helper.run(LAUNCHER, *command, cwd=self.folder, **values)

    def record(self, name):
        """The environment that something was run with, or None if it never was."""
        try:
            with open(os.path.join(self.records, name), encoding="utf-8") as file:
                return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        except FileNotFoundError:
            return None

    def words(self):
        with open(os.path.join(self.records, "words"), encoding="utf-8") as file:
            return file.read().split("\n")[:-1]

    def test_the_command_has_no_mpi(self):
        done = self.launch("record")
        self.assertEqual(done.returncode, 0, done.stderr)
        command = self.record("command")
        self.assertEqual([name for name in command if name.startswith(LOST)], [])
        self.assertEqual((command["ROLE"], command["TRTLLM_ENABLE_PDL"]), ("gen", "1"))
        self.assertEqual((command["TLLM_SPAWN_PROXY_PROCESS"], command["tllm_mpi_size"]), ("1", "4"))

    def test_the_leader_keeps_mpi(self):
        self.launch("record")
        leader, command = self.record("leader"), self.record("command")
        for name in ("SLURM_PROCID", "UCX_TLS", "PMIX_RANK", "OMPI_COMM_WORLD_SIZE", "MPI_X"):
            self.assertIn(name, leader)
        for name in (session.ADDRESS, session.KEY):
            self.assertEqual(leader[name], command[name])

    def test_other_ranks_run_no_command(self):
        done = self.launch("record", rank=2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIsNone(self.record("command"))
        self.assertIsNone(self.record("leader"))
        self.assertEqual(self.record("worker")["PMIX_RANK"], "2")

    def test_the_command_is_split_and_globbed(self):
        helper.write(self.folder, "a.tmp", "")
        self.launch("record", "one two", "*.tmp", "$HOME")
        self.assertEqual(self.words(), ["one", "two", "a.tmp", "$HOME"])

    def test_a_command_that_ends_stops_the_leader(self):
        self.launch("record")
        self.assertIsNotNone(self.record("stop"))

    def test_a_command_that_fails_never_does(self):
        self.launch("fail")
        self.assertIsNotNone(self.record("command"))
        self.assertIsNone(self.record("stop"))

    def test_the_address_by_version(self):
        given = {session.ADDRESS: "tcp://127.0.0.1:7777"}
        for version, start in (("1.0.1", "tcp://127.0.0.1:"), ("1.1", "ipc:///tmp/"), ("1.2", given[session.ADDRESS])):
            self.launch("record", TRTLLM_STANDIN_VERSION=version, **given)
            address = self.record("leader")[session.ADDRESS]
            self.assertTrue(address.startswith(start), address)
            self.assertEqual(address == given[session.ADDRESS], version == "1.2")
        self.launch("record")
        self.assertTrue(self.record("leader")[session.ADDRESS].startswith("ipc:///tmp/"))


class Address(unittest.TestCase):
    def test_forms(self):
        for text, place in {"tcp://127.0.0.1:10012": ("127.0.0.1", 10012), "ipc:///tmp/x": "/tmp/x"}.items():
            with mock.patch.dict(os.environ, {session.ADDRESS: text}):
                self.assertEqual(session.address(), place)
        for text in ("", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "ipc://x", "127.0.0.1:10012"):
            with mock.patch.dict(os.environ, {session.ADDRESS: text}), self.assertRaises(StandinError):
                session.address()


class World(unittest.TestCase):
    """The launcher and the real leader, as a world of one rank."""

    def serve(self, **changes):
        port = helper.free_port()
        process = helper.start(
            LAUNCHER, *f"trtllm-serve m --host 127.0.0.1 --port {port}".split(), CUDA_VISIBLE_DEVICES=helper.GPUS[2],
            SLURM_PROCID="0", SLURM_NTASKS="1", **changes,
        )
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.communicate()))
        return process, port

    def test_up_and_down(self):
        for version in ("1.0", "1.2"):
            process, port = self.serve(TRTLLM_STANDIN_VERSION=version)
            helper.wait_until_healthy(process, port)
            pids = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and self.serves(pid, port)]
            self.assertTrue(pids)
            for pid in pids:
                os.kill(pid, 15)
            log, _ = process.communicate()
            self.assertEqual(process.returncode, 0, log)
            self.assertIn("handled 0 requests", log)

    @staticmethod
    def serves(pid, port):
        """Whether a process is trtllm-serve itself on this port, and not the launcher above it."""
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                words = file.read().split("\0")
        except OSError:
            return False
        return str(port) in words and words[0].endswith(("python", "python3"))


if __name__ == "__main__":
    unittest.main()
