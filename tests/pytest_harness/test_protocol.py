"""The harness on this machine: real pytest in every role, the stand-in's servers, no Slurm and no launcher.

    tests/pytest_harness/install target/pytest-harness
    python3 -m unittest discover --start-directory tests/pytest_harness

DISAGGC_PYTEST_HARNESS names another folder that the first command made.
"""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "standin"))

import helper  # noqa: E402  (found by the line above)

VENV = os.environ.get("DISAGGC_PYTEST_HARNESS") or os.path.join(os.path.dirname(TESTS), "target", "pytest-harness")
PYTEST = os.path.join(os.path.abspath(VENV), "bin", "pytest")
SOURCE = os.path.join(HERE, "src")
DEFS = os.path.join(SOURCE, "tests", "integration", "defs")
ROLES = ("GEN_0", "CTX_0", "DISAGG_SERVER", "BENCHMARK")
STEM = "tiny-ctx1_gen1-UCX"
GEN_ONLY = {"TRTLLM_DISAGG_BENCHMARK_GEN_ONLY": "1"}
STAGE = "GB200-8_GPUs-2_Nodes-PyTorch-PerfSanity-1"


def test_id(case):
    return f"perf/test_perf_sanity.py::test_e2e[{case}]"


def counts(path):
    """The numbers of a JUnit report: tests, failures, skipped."""
    suite = ElementTree.parse(path).getroot().find("testsuite")
    return tuple(int(suite.get(name)) for name in ("tests", "failures", "skipped"))


class Harness(unittest.TestCase):
    def setUp(self):
        if not os.path.exists(PYTEST):
            missing = f"{PYTEST} is missing: tests/pytest_harness/install makes it"
            if os.environ.get("DISAGGC_NO_SKIPS"):
                self.fail(missing)
            self.skipTest(missing)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = folder.name

    def path(self, *parts):
        return os.path.join(self.output, *parts)

    def command(self, *options):
        fixed = f"-vv --timeout-method=thread --timeout=100 --apply-test-list-correction --rootdir {DEFS}".split()
        report = ("-o", "junit_logging=out-err")
        return [PYTEST, *fixed, "--test-prefix", STAGE, f"--output-dir={self.output}/", *report, *options]

    def environment(self, role, gpu, changes):
        return helper.environment(
            LLM_ROOT=SOURCE, LLM_MODELS_ROOT="/models", DISAGG_SERVING_TYPE=role,
            TRTLLM_TEST_SERVER_READY_TIMEOUT="60", **{"CUDA_VISIBLE_DEVICES": gpu, **changes},
        )

    def run_roles(self, case, roles=ROLES, **changes):
        """Every role of a test at once; its exit codes by role, and what each said."""
        started = {}
        for role, gpu in zip(roles, (helper.GPUS[0], helper.GPUS[1], "", "")):
            command = self.command(test_id(case), f"--junit-xml={self.path(role)}.xml")
            started[role] = subprocess.Popen(
                command, cwd=DEFS, env=self.environment(role, gpu, changes), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
        said = {role: process.communicate()[0] for role, process in started.items()}
        return {role: process.returncode for role, process in started.items()}, said

    def run_one(self, *options, **changes):
        """One pytest to its end."""
        return subprocess.run(
            self.command(*options), cwd=DEFS, env=self.environment("BENCHMARK", helper.GPUS[0], changes),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )

    def assert_passed(self, done, tests=1, skipped=0):
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(counts(self.path("results.xml")), (tests, 0, skipped), done.stdout)

    def log(self, case, name):
        with open(self.path(case, name), encoding="utf-8") as file:
            return file.read()


class Roles(Harness):
    def assert_all_passed(self, case, roles=ROLES, **changes):
        codes, said = self.run_roles(case, roles, **changes)
        self.assertEqual(codes, dict.fromkeys(roles, 0), said)
        for role in roles:
            self.assertEqual(counts(self.path(f"{role}.xml")), (1, 0, 0))

    def test_all_modes_of_four_roles(self):
        for name, requests in (("e2e-", 12), ("", 12), ("gen_only-", 2)):
            case = f"disagg_upload-{name}{STEM}"
            with self.subTest(case):
                self.assert_all_passed(case)
                for role, kind in (("GEN_0", "generation_only"), ("CTX_0", "context_only")):
                    log = self.log(case, f"trtllm-serve.{role}.0.log")
                    self.assertIn(f"handled {requests} requests: {kind} {requests}\n", log)

    def test_generation_without_any_context_server(self):
        case = f"disagg-gen_only_no_context-{STEM}"
        self.assert_all_passed(case, ("GEN_0", "DISAGG_SERVER", "BENCHMARK"), **GEN_ONLY)
        self.assertIn("handled 2 requests: generation_only 2\n", self.log(case, "trtllm-serve.GEN_0.0.log"))

    def test_a_failing_client_ends_all(self):
        codes, said = self.run_roles(f"disagg-e2e-{STEM}", PERF_HARNESS_FAIL="BENCHMARK")
        self.assertEqual(codes, {"GEN_0": 0, "CTX_0": 0, "DISAGG_SERVER": 0, "BENCHMARK": 1}, said)
        self.assertEqual(counts(self.path("BENCHMARK.xml")), (1, 1, 0))

    def test_a_failing_server(self):
        codes, said = self.run_roles(f"disagg-e2e-{STEM}", ("GEN_0",), PERF_HARNESS_FAIL="GEN_0")
        self.assertEqual(codes, {"GEN_0": 1}, said)
        self.assertEqual(counts(self.path("GEN_0.xml")), (1, 1, 0))

    def test_a_role_that_the_configuration_lacks(self):
        codes, said = self.run_roles(f"disagg-e2e-{STEM}", ("GEN_1",))
        self.assertEqual(codes, {"GEN_1": 1})
        self.assertIn("there is no GEN_1: the configuration has 1 GEN servers", said["GEN_1"])


class Aggregated(Harness):
    def test_one_process_does_all(self):
        for case, changes in (
            (f"aggr_upload-ctx_only-{STEM}", {}),
            (f"aggr_upload-gen_only_no_context-{STEM}", GEN_ONLY),
            ("aggr-tiny_local", {}),
            ("aggr-tiny_local-batch-4", {}),
        ):
            with self.subTest(case):
                self.assert_passed(self.run_one(test_id(case), f"--junit-xml={self.path('results.xml')}", **changes))
        # Both servers, then one of them.
        results = [name for name in os.listdir(self.path("aggr-tiny_local")) if name.endswith(".json")]
        self.assertEqual(sorted(results), ["trtllm-benchmark.0.0.json", "trtllm-benchmark.1.0.json"])
        results = [name for name in os.listdir(self.path("aggr-tiny_local-batch-4")) if name.endswith(".json")]
        self.assertEqual(results, ["trtllm-benchmark.1.0.json"])

    def test_a_server_that_does_not_start(self):
        done = self.run_one(test_id(f"aggr-ctx_only-{STEM}"), CUDA_VISIBLE_DEVICES="")
        self.assertEqual(done.returncode, 1)
        self.assertIn("No GPU devices found", done.stdout)


class Options(Harness):
    """What the engine's own conftest.py and its plugins provide."""

    SERVERS = [test_id("aggr-tiny_local-tp1_16_8"), test_id("aggr-tiny_local-batch-4")]

    def list(self, *lines, name="list.txt"):
        return helper.write(self.output, name, "".join(f"{line}\n" for line in lines))

    def collected(self, *options):
        """The names of the tests that would run."""
        done = self.run_one("--collect-only", "-qqq", *options)
        self.assertEqual(done.returncode, 0, done.stdout)
        return [line.removeprefix(f"{STAGE}/") for line in done.stdout.splitlines() if line.startswith(f"{STAGE}/")]

    def test_a_list_its_order_and_its_groups(self):
        path = self.list("# a comment", f"{self.SERVERS[1]} TIMEOUT (90)", "", self.SERVERS[0])
        self.assertEqual(self.collected(f"--test-list={path}"), self.SERVERS[::-1])
        groups = [
            self.collected(
                f"--test-list={path}", "--splitting-algorithm", "least_duration", "--splits", "2", "--group", group
            )
            for group in "12"
        ]
        self.assertEqual([len(group) for group in groups], [1, 1])
        self.assertEqual(sorted(groups[0] + groups[1]), sorted(self.SERVERS))

    def test_a_list_with_an_unknown_test(self):
        path = self.list(self.SERVERS[0].replace("tp1", "tp2"))
        done = self.run_one(f"--test-list={path}")
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn(f"did you mean {self.SERVERS[0]}?", done.stdout)

    def test_reports_and_waives(self):
        path = self.list(f"{self.SERVERS[0]} TIMEOUT (90)", *self.SERVERS[1:])
        other = f"full:H200/{self.SERVERS[0]} SKIP (elsewhere)"
        waives = self.list(f"full:GB200/{self.SERVERS[1]} SKIP (known)", other, name="waives.txt")
        coverage = self.list("[run]", f"data_file={self.path('coverage')}", name=".coveragerc")
        report, periodic = self.path("report.csv"), self.path("periodic.xml")
        # Without the list's own limit the first test would not come far.
        done = self.run_one(
            "--timeout=0.1", f"--test-list={path}", f"--waives-file={waives}",
            f"--csv={report}", f"--junit-xml={self.path('results.xml')}",
            "--periodic-junit", "--periodic-junit-xmlpath", periodic, "--periodic-batch-size=1",
            "--periodic-save-unfinished-test", f"--cov={SOURCE}", "--cov-report=",
            f"--cov-config={coverage}",
        )
        self.assert_passed(done, tests=2, skipped=1)
        self.assertEqual(counts(periodic), (2, 0, 1))
        self.assertTrue(os.path.exists(self.path("coverage")))
        with open(report, encoding="utf-8", newline="") as file:
            rows = {row["id"]: row["status"] for row in csv.DictReader(file)}
        self.assertEqual(
            rows, {f"{STAGE}/{self.SERVERS[0]}": "passed", f"{STAGE}/{self.SERVERS[1]}": "skipped"}
        )
        self.assertFalse(os.path.exists(self.path("unfinished_test.txt")))


if __name__ == "__main__":
    unittest.main()
