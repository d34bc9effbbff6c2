"""What a server would not start with: variables, a model that is not there, weights that do not fit."""

import tempfile
import unittest

import helper  # noqa: F401: puts the stand-in on the path
from tensorrt_llm.standin.surroundings import memory, problems_of_environment, problems_of_model


class Variables(unittest.TestCase):
    def test_what_the_real_engine_reads_is_taken(self):
        good = {
            "TLLM_OVERRIDE_LAYER_NUM": "61",
            "TRTLLM_WORKER_PRINT_STACKS_PERIOD": "-1",
            "TRTLLM_FORCE_ALLTOALL_METHOD": "DeepEPLowLatency",
            "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True,roundup_power2_divisions:[256:1,512:2,>:4]",
            "TLLM_LOG_LEVEL": "no such level, which is only warned about",
        }
        self.assertEqual(problems_of_environment(good), [])

    def test_what_would_end_it_is_named_with_its_variable(self):
        bad = {
            "TLLM_OVERRIDE_LAYER_NUM": "all",
            "TLLM_BENCHMARK_REQ_QUEUES_SIZE": "",
            "TRTLLM_FORCE_ALLTOALL_METHOD": "mnnvl",
            "PYTORCH_CUDA_ALLOC_CONF": "expandable_segment:True",
        }
        problems = problems_of_environment(bad)
        self.assertEqual(len(problems), 4, problems)
        for name in bad:
            self.assertTrue(any(name in problem for problem in problems), name)


class Models(unittest.TestCase):
    def test_a_container_has_only_what_is_mounted(self):
        inside = {"REHEARSAL_CONTAINER": "image:1"}
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(problems_of_model(folder, inside), [])
            missing = f"{folder}/model"
            self.assertIn("no mount has it", problems_of_model(missing, inside)[0])
            self.assertEqual(problems_of_model(missing, {}), [])
            open(f"{folder}/.pretended", "w", encoding="utf-8").close()
            self.assertEqual(problems_of_model(f"{missing}/of/somebody", inside), [])
        self.assertEqual(problems_of_model("org/model", inside), [])


class Memory(unittest.TestCase):
    SIZES = {"tp": 4, "pp": 2, "cp": 1}

    def ask(self, weights, total, **values):
        environment = {"TRTLLM_STANDIN_WEIGHTS": weights, "TRTLLM_STANDIN_GPU_MEMORY": total}
        return memory(values, self.SIZES, environment)

    def test_the_cache_takes_its_fraction_of_what_the_weights_leave(self):
        words, problems = self.ask("400", "185", kv_cache_config={"free_gpu_memory_fraction": 0.5})
        self.assertEqual((words, problems), ("of 185 GiB on each GPU 50.0 hold weights, 67.5 the KV cache", []))

    def test_weights_that_do_not_fit_end_the_server(self):
        words, problems = self.ask("800", "100")
        self.assertIsNone(words)
        self.assertIn("CUDA out of memory: 800 GiB of weights over 8 GPUs are 100.0 GiB on each", problems[0])

    def test_without_numbers_there_is_no_model(self):
        self.assertEqual(memory({}, self.SIZES, {}), (None, []))
