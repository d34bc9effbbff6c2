"""The configuration files of a worker and of the coordinator."""

import os
import tempfile
import unittest
from unittest import mock

import helper
from tensorrt_llm import version
from tensorrt_llm.llmapi import disagg_config, llm_args
from tensorrt_llm.standin.report import StandinError


class Worker(unittest.TestCase):
    def merged(self, text):
        """What a file's text makes of a plain command line."""
        with tempfile.TemporaryDirectory() as folder:
            start = {"model": "m", "tensor_parallel_size": 1, "kv_cache_config": {"free_gpu_memory_fraction": 0.9}}
            return llm_args.merge_file(start, helper.write(folder, "c.yaml", text))

    def problem(self, text):
        """Why the file is refused."""
        with self.assertRaises(StandinError) as caught:
            self.merged(text)
        return str(caught.exception)

    def test_the_file_wins(self):
        values = self.merged("tensor_parallel_size: 4\nkv_cache_config: {dtype: fp8}\ncuda_graph_config: null\n")
        self.assertEqual(values["tensor_parallel_size"], 4)
        self.assertEqual(values["kv_cache_config"], {"free_gpu_memory_fraction": 0.9, "dtype": "fp8"})
        self.assertEqual(llm_args.sizes_of(values), {"tp": 4, "pp": 1, "cp": 1})

    def test_refused(self):
        for text, part in {
            "max_batchsize: 4": "Extra inputs are not permitted: max_batchsize",
            "max_batch_size: '4'": "max_batch_size must be a positive integer",
            "tensor_parallel_size: 0": "tensor_parallel_size must be",
            "enable_attention_dp: yes please": "enable_attention_dp must be true or false",
            "disable_overlap_scheduler: null": "disable_overlap_scheduler must be true or false, not null",
            "kv_cache_config: {free_gpu_memory_fraction: 1.5}": "a number from 0 to 1",
            "cache_transceiver_config: {backend: TCP}": "cache_transceiver_config.backend must be one of",
            "cache_transceiver_config: {backend: default}": "must be one of DEFAULT",
            "tensor_parallel_size: 4\nmoe_expert_parallel_size: 3": "does not divide the 4 ranks",
            "- a list": "must hold a mapping",
            "a: [": "is no YAML",
        }.items():
            with self.subTest(text):
                self.assertIn(part, self.problem(text))

    def test_all_problems_at_once(self):
        self.assertEqual(len(self.problem("max_batchsize: 4\nmax_num_token: 4\n").splitlines()), 2)

    def test_missing_file(self):
        with self.assertRaisesRegex(StandinError, "can't read the configuration"):
            llm_args.merge_file({}, "/nowhere/c.yaml")

    def test_what_carries_the_cache(self):
        backend = {"cache_transceiver_config": {"backend": "DEFAULT"}}
        with mock.patch.dict(os.environ):
            os.environ.pop("TRTLLM_USE_UCX_KVCACHE", None)
            self.assertIsNone(llm_args.transceiver_of({}))
            self.assertIsNone(llm_args.transceiver_of({"cache_transceiver_config": {}}))
            self.assertEqual(llm_args.transceiver_of(backend), "NIXL")
            with mock.patch.object(version, "ENGINE", "1.1"):
                self.assertEqual(llm_args.transceiver_of(backend), "UCX")
            os.environ["TRTLLM_USE_UCX_KVCACHE"] = "1"
            self.assertEqual(llm_args.transceiver_of(backend), "UCX")
            self.assertEqual(llm_args.transceiver_of({"cache_transceiver_config": {"backend": "MPI"}}), "MPI")


class Coordinator(unittest.TestCase):
    SERVERS = {
        "context_servers": {"num_instances": 2, "urls": ["n1:8001", "n2:8001"]},
        "generation_servers": {"num_instances": 1, "urls": ["n3:8002"]},
    }

    def test_fine(self):
        config = disagg_config.from_values({"hostname": "n1", "port": 8333, "backend": "pytorch", **self.SERVERS})
        self.assertEqual((config.hostname, config.port), ("n1", 8333))
        self.assertEqual(config.context.urls, ["n1:8001", "n2:8001"])
        self.assertEqual(config.generation.router, "round_robin")

    def test_refused(self):
        for changes, part in (
            ({"context_servers": {"num_instances": 1, "urls": []}}, "num_instances is 1, but there are 0 urls"),
            ({"context_servers": {"num_instances": 1, "urls": ["n1"]}}, "n1 is not HOST:PORT"),
            ({"context_servers": {"num_instances": 2, "urls": ["n1:1", "n1:1"]}}, "more than once"),
            ({"port": 70000}, "port must be"),
            ({"backend": "pytorch", "generation_servers": {"num_instances": 1, "urls": ["n:1"], "backend": "trt"}},
             "backend has one value at the top and another one"),
            ({"generation_servers": {"num_instances": 1, "urls": ["n:1"], "router": {"type": "random"}}},
             "router.type must be one of"),
        ):
            with self.subTest(part), self.assertRaisesRegex(StandinError, part):
                disagg_config.from_values({**self.SERVERS, **changes})


if __name__ == "__main__":
    unittest.main()
