"""A generation server that is timed alone begins when as many requests have come as it is told to wait for."""

import asyncio
import os

from ..standin.report import StandinError, info

TARGET = "TLLM_BENCHMARK_REQ_QUEUES_SIZE"
DEFAULT_BATCH = 2048
# So long without another request, and none will come: the client has sent all that it may.
PATIENCE_SECONDS = 60


class Gate:
    """Holds requests until enough of them are there, once."""

    def __init__(self, target, patience=PATIENCE_SECONDS):
        self.target, self.patience = target, patience
        self.count = 0
        self.open = asyncio.Event()
        if not target:
            self.open.set()

    async def enter(self):
        """Returns when the server may begin with this request."""
        if self.open.is_set():
            return
        self.count += 1
        if self.count >= self.target:
            info(f"{self.count} requests are there: generation begins")
            self.open.set()
        await self.open.wait()

    async def watch(self):
        """Returns when the gate is open; fails where the real server would wait for ever."""
        while not self.open.is_set():
            before = self.count
            try:
                await asyncio.wait_for(self.open.wait(), self.patience)
            except asyncio.TimeoutError:
                if 0 < self.count == before:
                    raise StandinError(
                        f"{TARGET} is {self.target}, but only {self.count} requests came: the real server would "
                        "wait for the others for ever; it must not be more than come to this server at once"
                    ) from None


def target_of(values, transceiver):
    """How many requests the environment tells a server to wait for; 0 for none."""
    text = os.environ.get(TARGET, "0")
    try:
        target = int(text)
    except ValueError:
        raise StandinError(f"{TARGET} must be a number, not {text!r}") from None
    # The real one only waits for requests whose KV cache comes from elsewhere.
    if target <= 0 or transceiver is None:
        return 0
    batch = values.get("max_batch_size") or DEFAULT_BATCH
    ranks = (values.get("tensor_parallel_size") or 1) if values.get("enable_attention_dp") else 1
    if target > batch * ranks:
        raise StandinError(
            f"{TARGET} is {target}, but this server holds {batch * ranks} requests (max_batch_size {batch} on "
            f"{ranks} attention ranks): the real server would never begin"
        )
    return target
