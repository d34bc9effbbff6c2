"""Requests through the coordinator: to fake servers that look closely, and to real ones."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

import helper
from tensorrt_llm.llmapi.disagg_config import DisaggConfig, Pool
from tensorrt_llm.serve.coordinator import Coordinator

BODY = {"model": "m", "prompt": "one two three", "max_tokens": 4}


class FakeServer:
    """Answers like a server would, and keeps what it was asked."""

    def __init__(self, answer):
        self.answer, self.seen = answer, []
        app = web.Application()
        app.add_routes([web.get("/health", self.health), web.post("/v1/completions", self.complete)])
        self.server = TestServer(app)

    async def health(self, _):
        return web.Response()

    async def complete(self, request):
        self.seen.append(await request.json())
        return web.json_response(self.answer)

    async def url(self):
        await self.server.start_server()
        return f"127.0.0.1:{self.server.port}"


class Fakes(unittest.IsolatedAsyncioTestCase):
    CONTEXT = {
        "choices": [{"text": "x", "disaggregated_params": {"request_type": "context_only", "ctx_request_id": 7}}],
        "prompt_token_ids": [5, 6, 7],
    }
    GENERATION = {"choices": [{"text": "x y"}]}

    async def coordinator(self, contexts, generations):
        """A coordinator in front of these servers, and its address."""
        pools = [Pool([await one.url() for one in servers], "round_robin") for servers in (contexts, generations)]
        coordinator = Coordinator(DisaggConfig(context=pools[0], generation=pools[1]), 10, 10)
        front = TestServer(coordinator.app())
        await front.start_server()
        await coordinator.load()
        self.addAsyncCleanup(front.close)
        for one in contexts + generations:
            self.addAsyncCleanup(one.server.close)
        return coordinator, f"http://127.0.0.1:{front.port}/v1/completions"

    async def ask(self, url, body):
        async with ClientSession() as session, session.post(url, json=body) as answer:
            return answer.status, await answer.json()

    async def test_first_context_then_generation(self):
        context, generation = FakeServer(self.CONTEXT), FakeServer(self.GENERATION)
        _, url = await self.coordinator([context], [generation])
        status, answer = await self.ask(url, BODY)
        self.assertEqual((status, answer), (200, self.GENERATION))
        self.assertEqual(context.seen[0]["disaggregated_params"], {"request_type": "context_only"})
        self.assertFalse(context.seen[0]["stream"])
        self.assertEqual(
            generation.seen[0]["disaggregated_params"], {"request_type": "generation_only", "ctx_request_id": 7}
        )
        self.assertEqual(generation.seen[0]["prompt"], [5, 6, 7])

    async def test_servers_take_turns(self):
        contexts = [FakeServer(self.CONTEXT) for _ in range(2)]
        generations = [FakeServer(self.GENERATION) for _ in range(3)]
        coordinator, url = await self.coordinator(contexts, generations)
        for _ in range(6):
            await self.ask(url, BODY)
        self.assertEqual([len(one.seen) for one in contexts + generations], [3, 3, 2, 2, 2])
        self.assertTrue(coordinator.summary().startswith("routed 6 requests"))

    async def test_a_context_server_that_is_none(self):
        context, generation = FakeServer(self.GENERATION), FakeServer(self.GENERATION)
        coordinator, url = await self.coordinator([context], [generation])
        status, answer = await self.ask(url, BODY)
        self.assertEqual(status, 500)
        self.assertIn("without disaggregated_params", answer["message"])
        self.assertEqual(generation.seen, [])
        self.assertIn("1 failed", coordinator.summary())

    async def test_a_bad_request_goes_nowhere(self):
        context, generation = FakeServer(self.CONTEXT), FakeServer(self.GENERATION)
        _, url = await self.coordinator([context], [generation])
        status, answer = await self.ask(url, {**BODY, "max_token": 3})
        self.assertEqual(status, 400)
        self.assertIn("max_token", answer["message"])
        self.assertEqual(context.seen + generation.seen, [])


class Real(unittest.TestCase):
    """A context and a generation server of one GPU each, a coordinator, and the client."""

    CONTEXT = "disable_overlap_scheduler: true\ncache_transceiver_config: {backend: DEFAULT}\n"
    GENERATION = "cache_transceiver_config: {backend: DEFAULT}\n"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, port, *command, **changes):
        process = helper.start(*command, cwd=self.folder, **changes)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.communicate()))
        helper.wait_until_healthy(process, port)
        return process

    def worker(self, name, gpu, config):
        port = helper.free_port()
        path = helper.write(self.folder, f"{name}.yaml", config)
        command = f"trtllm-serve /models/m --host 127.0.0.1 --port {port} --config {path}".split()
        return self.start(port, *command, CUDA_VISIBLE_DEVICES=helper.GPUS[gpu]), port

    def fleet(self, context=CONTEXT, generation=GENERATION):
        """The three servers' processes and the coordinator's port."""
        ctx, ctx_port = self.worker("ctx", 0, context)
        gen, gen_port = self.worker("gen", 1, generation)
        port = helper.free_port()
        config = {
            "hostname": "127.0.0.1", "port": port, "backend": "pytorch",
            "context_servers": {"num_instances": 1, "urls": [f"127.0.0.1:{ctx_port}"]},
            "generation_servers": {"num_instances": 1, "urls": [f"127.0.0.1:{gen_port}"]},
        }
        helper.write(self.folder, "server.yaml", json.dumps(config))
        server = self.start(port, *"trtllm-serve disaggregated -c server.yaml -t 60 -r 60".split())
        return ctx, gen, server, port

    def benchmark(self, port, *options):
        """Runs the client; returns what it said and its result."""
        done = helper.run(
            "python3", "-m", "tensorrt_llm.serve.scripts.benchmark_serving", "--model", "/models/m", "--host",
            "127.0.0.1", "--port", str(port), "--max-concurrency", "8", "--no-test-input", "--ignore-eos",
            "--save-result", "--result-dir", self.folder, "--result-filename", "result.json", *options,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.folder, "result.json"), encoding="utf-8") as file:
            return done, json.load(file)

    def results(self):
        """The reducer's lines."""
        done = subprocess.run(
            [sys.executable, os.path.join(helper.ENGINE, "results.py"), os.path.join(self.folder, "result.json")],
            check=True, capture_output=True, text=True,
        )
        return dict(line.split("=") for line in done.stdout.splitlines())

    def test_all_requests_come_through(self):
        ctx, gen, server, port = self.fleet()
        options = "--dataset-name random --random-ids --random-input-len 32 --random-output-len 8 --num-prompts 20"
        for streaming in ((), ("--non-streaming",)):
            _, result = self.benchmark(port, *options.split(), *streaming)
            self.assertEqual((result["num_prompts"], result["completed"]), (20, 20))
            self.assertEqual((result["total_input_tokens"], result["total_output_tokens"]), (640, 160))
            self.assertEqual(result["max_concurrency"], 8)
            self.assertIn("mean_ttft_ms", result)
            lines = self.results()
            self.assertEqual(
                (lines["requests"], lines["completed"], lines["failed"], lines["output_tokens"]), ("20", "20", "0", "160")
            )
        self.assertIn("routed 40 requests", helper.stop(server).splitlines()[-1])
        self.assertTrue(helper.stop(ctx).endswith("handled 40 requests: context_only 40\n"))
        self.assertTrue(helper.stop(gen).endswith("handled 40 requests: generation_only 40\n"))

    def test_a_data_set_of_the_cluster(self):
        *_, port = self.fleet()
        done, result = self.benchmark(
            port, *"--dataset-name trtllm_custom --dataset-path /lustre/d.json --num-prompts 4".split()
        )
        self.assertIn("made up instead of /lustre/d.json", done.stderr)
        self.assertEqual(result["completed"], 4)

    def test_a_data_set_that_is_here(self):
        *_, port = self.fleet()
        entry = {"input": {"messages": [{"role": "user", "content": "one two three"}], "max_tokens": 5}}
        path = helper.write(self.folder, "d.json", (json.dumps(entry) + "\n") * 3)
        _, result = self.benchmark(
            port, "--dataset-name", "trtllm_custom", "--dataset-path", path, "--num-prompts", "3"
        )
        self.assertEqual((result["completed"], result["total_input_tokens"]), (3, 9))
        self.assertEqual(result["total_output_tokens"], 15)

    def test_servers_that_can_not_hand_a_cache_over(self):
        for context, generation, part in (
            ("disable_overlap_scheduler: true\n", self.GENERATION, "kv_cache_transceiver is disabled"),
            ("cache_transceiver_config: {backend: UCX}\n", self.GENERATION, "overlap scheduler"),
            ("disable_overlap_scheduler: true\ncache_transceiver_config: {backend: UCX}\n", self.GENERATION,
             "sends its KV cache by UCX, this server receives by NIXL"),
        ):
            with self.subTest(part):
                *servers, port = self.fleet(context, generation)
                done, result = self.benchmark(port, *"--dataset-name random --random-ids --num-prompts 3".split())
                self.assertEqual(result["completed"], 0)
                self.assertIn(part, done.stdout)
                self.assertEqual(self.results()["failed"], "3")
                for server in servers:
                    helper.stop(server)


class Startup(unittest.TestCase):
    def test_many_ranks_without_the_launcher(self):
        done = helper.run("trtllm-serve", "m", "--tp_size", "2", CUDA_VISIBLE_DEVICES="0,1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("needs 2 MPI ranks", done.stderr)
        self.assertIn("trtllm-llmapi-launch", done.stderr)

    def test_the_port_is_taken(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = str(other.getsockname()[1])
            done = helper.run("trtllm-serve", "m", "--host", "127.0.0.1", "--port", port, CUDA_VISIBLE_DEVICES="0")
        self.assertIn("Failed to bind socket", done.stderr)

    def test_no_gpu(self):
        port = str(helper.free_port())
        done = helper.run("trtllm-serve", "m", "--host", "127.0.0.1", "--port", port, CUDA_VISIBLE_DEVICES="")
        self.assertIn("No GPU devices found", done.stderr)


if __name__ == "__main__":
    unittest.main()
