"""A generation server that waits until enough requests are there."""

import asyncio
import unittest
from unittest import mock

import helper  # noqa: F401: puts the stand-in on the path
from tensorrt_llm.serve.gate import TARGET, Gate, target_of
from tensorrt_llm.standin.report import StandinError

VALUES = {"max_batch_size": 8, "tensor_parallel_size": 4}


class Waiting(unittest.IsolatedAsyncioTestCase):
    async def test_nothing_begins_before_the_last_request_is_there(self):
        gate = Gate(3)
        held = [asyncio.ensure_future(gate.enter()) for _ in range(2)]
        await asyncio.sleep(0)
        self.assertEqual((gate.count, [one.done() for one in held]), (2, [False, False]))
        await gate.enter()
        await asyncio.gather(*held)
        await gate.watch()

    async def test_it_opens_once_and_for_good(self):
        gate = Gate(1)
        for _ in range(5):
            await gate.enter()
        self.assertEqual(gate.count, 1)

    async def test_without_a_target_nobody_waits(self):
        gate = Gate(0)
        await gate.enter()
        await gate.watch()

    async def test_requests_that_never_come_are_named(self):
        gate = Gate(3, patience=0.01)
        held = asyncio.ensure_future(gate.enter())
        with self.assertRaisesRegex(StandinError, "is 3, but only 1 requests came"):
            await gate.watch()
        held.cancel()


class Targets(unittest.TestCase):
    def target(self, text, values=VALUES, transceiver="NIXL"):
        with mock.patch.dict("os.environ", {TARGET: text}):
            return target_of(values, transceiver)

    def test_the_environment_says_it(self):
        self.assertEqual(self.target("8"), 8)
        self.assertEqual(self.target("0"), 0)

    def test_attention_ranks_hold_a_batch_each(self):
        dp = {**VALUES, "enable_attention_dp": True}
        self.assertEqual(self.target("32", dp), 32)
        with self.assertRaisesRegex(StandinError, "is 33, but this server holds 32 requests"):
            self.target("33", dp)

    def test_a_target_above_the_capacity_is_refused(self):
        with self.assertRaisesRegex(StandinError, "is 9, but this server holds 8 requests"):
            self.target("9")

    def test_a_server_that_receives_no_cache_waits_for_nobody(self):
        self.assertEqual(self.target("9", transceiver=None), 0)

    def test_it_is_a_number(self):
        with self.assertRaisesRegex(StandinError, "must be a number, not 'many'"):
            self.target("many")
