"""Which command lines the stand-in's programs accept and refuse."""

import contextlib
import io
import unittest
from unittest import mock

import helper
from tensorrt_llm import version
from tensorrt_llm.commands import serve
from tensorrt_llm.serve.scripts import benchmark_serving


def refused(parse, words):
    """Whether a parser ends the program, and what it says."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parse(words)
    except SystemExit:
        return said.getvalue()
    return None


class Serve(unittest.TestCase):
    def test_worker(self):
        parsed = serve.serve_parser().parse_args("/models/m --host n1 --port 8001 --config c.yaml --tp_size 4".split())
        self.assertEqual(
            (parsed.model, parsed.host, parsed.port, parsed.config, parsed.tensor_parallel_size),
            ("/models/m", "n1", 8001, "c.yaml", 4),
        )

    def test_both_names_of_the_configuration(self):
        parsed = serve.serve_parser().parse_args("m --extra_llm_api_options c.yaml".split())
        self.assertEqual(parsed.config, "c.yaml")

    def test_old_engines_know_one_name_only(self):
        for engine in ("1.0.0", "1.1"):
            with mock.patch.object(version, "ENGINE", engine):
                self.assertIn("--config", refused(serve.serve_parser().parse_args, "m --config c.yaml".split()))
                parsed = serve.serve_parser().parse_args("m --extra_llm_api_options c.yaml".split())
                self.assertEqual(parsed.config, "c.yaml")

    def test_worker_refuses(self):
        for words in ("", "m --tensor-parallel-size 4", "m --port x", "m --backend vllm", "m --conf c.yaml"):
            with self.subTest(words):
                self.assertIsNotNone(refused(serve.serve_parser().parse_args, words.split()))

    def test_coordinator(self):
        parsed = serve.disaggregated_parser().parse_args("-c s.yaml -t 7200 -r 60".split())
        self.assertEqual((parsed.config_file, parsed.server_start_timeout, parsed.request_timeout), ("s.yaml", 7200, 60))
        parsed = serve.disaggregated_parser().parse_args("--config_file s.yaml".split())
        self.assertEqual((parsed.server_start_timeout, parsed.request_timeout), (180, 180))
        self.assertIsNotNone(refused(serve.disaggregated_parser().parse_args, ["--host", "n1"]))


class Benchmark(unittest.TestCase):
    BASE = "--model m --backend openai --host n --port 8333 "

    def test_the_example_scripts_options(self):
        parsed = benchmark_serving.parse(
            (
                self.BASE + "--dataset-name trtllm_custom --dataset-path d.json --num-prompts 64 --max-concurrency 8 "
                "--trust-remote-code --ignore-eos --no-test-input --save-result --result-dir r --result-filename "
                "result.json --percentile-metrics ttft,tpot,itl,e2el --non-streaming"
            ).split()
        )
        self.assertEqual((parsed.num_prompts, parsed.max_concurrency, parsed.non_streaming), (64, 8, True))

    def test_refuses(self):
        for words in ("--concurrency 8", "--dataset-name gsm8k", "--random_input_len 8", "--num-prompts 0",
                      "--random-range-ratio 1"):
            with self.subTest(words):
                self.assertIsNotNone(refused(benchmark_serving.parse, (self.BASE + words).split()))


class Wrappers(unittest.TestCase):
    """numactl and nsys stand before a command and run it."""

    def test_numactl(self):
        self.assertEqual(helper.run("numactl", "-m", "0,1", "echo", "ran").stdout, "ran\n")
        self.assertIn("unknown option", helper.run("numactl", "--memory", "0", "true").stderr)
        self.assertIn("takes a list", helper.run("numactl", "-m", "x", "true").stderr)

    def test_nsys(self):
        done = helper.run(
            "nsys", "profile", "-e", "NSYS_MPI_STORE_TEAMS_PER_RANK=1", "-o", "/dev/null/x", "-f", "true", "true"
        )
        self.assertIn("can't write", done.stderr)
        self.assertIn("unknown option", helper.run("nsys", "profile", "--nonsense", "1", "true").stderr)


class Alone(unittest.TestCase):
    """The coordinator and the client are no MPI programs."""

    def test_mpi_is_refused(self):
        done = helper.run("trtllm-serve", "disaggregated", "-c", "none.yaml", OMPI_COMM_WORLD_RANK="0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("[ERROR] trtllm-serve disaggregated was started with MPI", done.stderr)

    def test_the_launcher_is_refused(self):
        done = helper.run("trtllm-serve", "disaggregated", "-c", "none.yaml", TLLM_SPAWN_PROXY_PROCESS="1")
        self.assertIn("through trtllm-llmapi-launch", done.stderr)


if __name__ == "__main__":
    unittest.main()
