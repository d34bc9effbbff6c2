"""A context, generation or aggregated server: the HTTP side of one engine."""

import asyncio
import itertools
import json
import os
import socket
import zlib
from collections import Counter

from aiohttp import web

from ..llmapi import engine
from ..llmapi.llm_args import transceiver_of
from ..standin import tokens, web as servers
from ..standin.report import info, warn
from ..version import __version__, at_least
from . import protocol
from .gate import Gate, target_of
from .protocol import BadRequest

# A streamed answer comes in few chunks: stream_interval decides the first, this cap the rest.
MOST_CHUNKS = 4
LOG_EVERY = 100
GEN_ONLY = "TRTLLM_DISAGG_BENCHMARK_GEN_ONLY"


class Worker:
    """One server with its engine's settings and its counters."""

    def __init__(self, values, host, port):
        self.values = values
        self.transceiver = transceiver_of(values)
        self.gate = Gate(target_of(values, self.transceiver))
        path = values["model"]
        self.model = os.path.basename(path.rstrip("/")) if os.path.isdir(path) else path
        self.identity = f"{host}:{port}"
        self.ready = False
        self.line = None
        self.counts = Counter()
        self.warned = False
        # The ids of context phases differ between servers, so that a coordinator can tell them apart.
        self.ids = itertools.count(zlib.crc32(self.identity.encode()) << 20)

    def app(self):
        """The routes."""
        app = web.Application(client_max_size=256 << 20)
        app.add_routes(
            [
                web.get("/health", self.health),
                web.get("/version", self.version),
                web.get("/v1/models", self.models),
                web.get("/metrics", self.iteration_metrics),
                web.get("/prometheus/metrics", self.prometheus),
                web.post("/v1/completions", self.completions),
                web.post("/v1/chat/completions", self.chat),
            ]
        )
        return app

    async def load(self):
        """Starts the engine beside the event loop, which answers 503 until then."""
        self.line = await servers.in_thread(engine.start, self.values)
        # As long as the weights would take to load.
        await asyncio.sleep(float(os.environ.get("TRTLLM_STANDIN_STARTUP") or 0))
        self.ready = True

    async def watch(self):
        """Ends with an error when the engine has lost its ranks, or waits for requests that won't come."""
        loss = asyncio.Event().wait() if self.line is None else servers.in_thread(engine.wait_for_loss, self.line)
        try:
            await asyncio.gather(loss, self.gate.watch())
        finally:
            self.ready = False

    async def health(self, _):
        return web.Response(status=200 if self.ready else 503)

    async def version(self, _):
        return web.json_response({"version": __version__})

    async def models(self, _):
        card = {"id": self.model, "object": "model", "created": 0, "owned_by": "tensorrt_llm"}
        return web.json_response({"object": "list", "data": [card]})

    async def iteration_metrics(self, _):
        return web.json_response([])

    async def prometheus(self, _):
        lines = [
            f'trtllm_standin_requests_total{{kind="{kind}"}} {count}' for kind, count in sorted(self.counts.items())
        ]
        return web.Response(text="".join(line + "\n" for line in lines))

    async def completions(self, request):
        return await self.handle(request, chat=False)

    async def chat(self, request):
        return await self.handle(request, chat=True)

    async def handle(self, http, chat):
        """Answers one request, or says what is wrong with it."""
        if not self.ready:
            return web.json_response(protocol.error_body("the engine is still loading", 503), status=503)
        try:
            request = protocol.parse(json.loads(await http.read()), chat)
            kind = (request.disaggregated or {}).get("request_type")
            self.check_disaggregated(request, kind)
            self.check_lengths(request, kind)
            if kind != "context_only":
                await self.gate.enter()
            if kind == "context_only":
                answer = web.json_response(self.context_phase(request))
            elif request.stream:
                answer, whole = await self.stream(http, request, self.first_tokens(request))
                if not whole:
                    kind = "cut off"
            else:
                answer = web.json_response(self.whole(request, self.first_tokens(request)))
        except (BadRequest, json.JSONDecodeError) as error:
            self.count("refused")
            if self.counts["refused"] == 1:
                warn(f"first refused request: {error}")
            return web.json_response(protocol.error_body(str(error), 400), status=400)
        self.count(kind or "context_and_generation")
        return answer

    def count(self, kind):
        """Counts a request and says so now and then."""
        self.counts[kind] += 1
        if sum(self.counts.values()) % LOG_EVERY == 0:
            info(self.summary())

    def summary(self):
        """The counters in one line."""
        parts = ", ".join(f"{kind} {count}" for kind, count in sorted(self.counts.items()))
        return f"handled {sum(self.counts.values())} requests{': ' + parts if parts else ''}"

    def check_disaggregated(self, request, kind):
        """A request that is one half of a disaggregated one needs an engine that can hand a cache over."""
        if request.disaggregated is None:
            return
        if kind not in ("context_only", "generation_only", "context_and_generation"):
            raise BadRequest(
                "disaggregated_params.request_type must be context_only, generation_only or "
                f"context_and_generation, not {kind!r}"
            )
        if kind == "context_and_generation":
            return
        if self.transceiver is None:
            raise BadRequest(
                "kv_cache_transceiver is disabled: set cache_transceiver_config.backend in this server's "
                f"configuration, a {kind} request needs it"
            )
        if kind == "context_only" and not self.values.get("disable_overlap_scheduler") and not at_least("1.3"):
            raise BadRequest(
                "Context only requests are not supported when the overlap scheduler is on: set "
                "disable_overlap_scheduler to true in this server's configuration"
            )
        if len(request.prompts) != 1 or request.copies != 1:
            raise BadRequest("a disaggregated request has one prompt and n=1")
        if kind == "context_only" and request.stream:
            raise BadRequest("a context_only request can't be streamed")

    def check_lengths(self, request, kind):
        """The engine's limits, in tokens."""
        longest = max(prompt.length for prompt in request.prompts)
        room = self.values.get("max_num_tokens") or 8192
        share = longest / (self.values.get("context_parallel_size") or 1)
        if kind != "generation_only" and share > room and not self.values.get("enable_chunked_prefill"):
            raise BadRequest(
                f"the prompt has {longest} tokens, but max_num_tokens is {room} and chunked prefill is off"
            )
        limit = self.values.get("max_seq_len")
        if limit is None:
            return
        if longest >= limit:
            raise BadRequest(f"the prompt has {longest} tokens, but max_seq_len is {limit}")
        if longest + request.max_tokens > limit:
            if not self.warned:
                self.warned = True
                warn(
                    f"max_tokens {request.max_tokens} is cut to {limit - longest}: "
                    f"prompt and answer must fit max_seq_len {limit}"
                )
            request.max_tokens = limit - longest

    def context_phase(self, request):
        """Prefill only: the first token and what a generation server needs to go on."""
        prompt = request.prompts[0]
        number = next(self.ids)
        state = {
            "standin": 1,
            "context_server": self.identity,
            "host": socket.gethostname(),
            "request": number,
            "prompt_tokens": prompt.length,
            "backend": self.transceiver,
        }
        params = {
            "request_type": "context_only",
            "first_gen_tokens": [prompt.first],
            "ctx_request_id": number,
            "encoded_opaque_state": protocol.pack_state(state),
            "draft_tokens": None,
            "ctx_info_endpoint": self.identity,
        }
        text = tokens.text_between(prompt.first, 0, 1)
        reason = "length" if request.max_tokens == 1 else "not_finished"
        choices = [protocol.choice(request.chat, 0, text, reason, params)]
        return protocol.response(request, self.model, choices, 1, prompt.ids)

    def first_tokens(self, request):
        """The token that each prompt's answer begins with: own prefill, or a context server's."""
        if (request.disaggregated or {}).get("request_type") != "generation_only":
            return [prompt.first for prompt in request.prompts]
        params = request.disaggregated
        first = params.get("first_gen_tokens")
        if not isinstance(first, list) or not first or not isinstance(first[0], int):
            raise BadRequest("a generation_only request needs disaggregated_params.first_gen_tokens of a context phase")
        if params.get("ctx_request_id") is None:
            raise BadRequest("a generation_only request needs disaggregated_params.ctx_request_id of a context phase")
        # The benchmark mode without context servers transfers no cache.
        if os.environ.get(GEN_ONLY) == "1":
            return [first[0] % len(tokens.WORDS)]
        if params.get("encoded_opaque_state") is None:
            raise BadRequest(
                "a generation_only request needs disaggregated_params.encoded_opaque_state of a context phase"
            )
        state = protocol.unpack_state(params["encoded_opaque_state"])
        if state["request"] != params["ctx_request_id"]:
            raise BadRequest("ctx_request_id and encoded_opaque_state come from different context phases")
        if self.transceiver != state["backend"]:
            raise BadRequest(
                f"the context server {state['context_server']} sends its KV cache by {state['backend']}, "
                f"this server receives by {self.transceiver}"
            )
        return [first[0] % len(tokens.WORDS)]

    def whole(self, request, firsts):
        """All tokens in one answer."""
        choices = []
        for first in firsts:
            for _ in range(request.copies):
                text = tokens.text_between(first, 0, request.max_tokens)
                choices.append(protocol.choice(request.chat, len(choices), text, "length"))
        return protocol.response(request, self.model, choices, request.max_tokens * len(choices))

    def cuts(self, count):
        """Where a streamed answer is cut into chunks."""
        interval = self.values.get("stream_interval") or 1
        marks = [0, min(interval, count)]
        while marks[-1] < count:
            left = MOST_CHUNKS - len(marks) + 1
            step = max(interval, -(-(count - marks[-1]) // max(left, 1)))
            marks.append(min(marks[-1] + step, count))
        return list(zip(marks, marks[1:]))

    async def stream(self, http, request, firsts):
        """The tokens as server-sent events; returns the answer and whether its reader stayed to the end."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        base = protocol.response(request, self.model, [], 0)
        del base["usage"]
        base["object"] = "chat.completion.chunk" if request.chat else "text_completion"
        starts = [first for first in firsts for _ in range(request.copies)]
        try:
            await answer.prepare(http)
            for block in self.blocks(request, base, starts):
                await answer.write(block)
                await asyncio.sleep(0)
        except ConnectionResetError:
            # Whoever asked is gone; there is nobody to tell.
            return answer, False
        return answer, True

    def blocks(self, request, base, starts):
        """The events of a streamed answer, in the blocks that are written at once."""
        for start, stop in self.cuts(request.max_tokens):
            last = stop == request.max_tokens
            reason = "length" if last else None
            block = b""
            for index, first in enumerate(starts):
                text = tokens.text_between(first, start, stop)
                base["choices"] = [protocol.stream_choice(request.chat, index, text, reason, start == 0)]
                block += protocol.event(base)
            if last:
                if request.include_usage:
                    base["choices"] = []
                    base["usage"] = protocol.usage(request, request.max_tokens * len(starts))
                    block += protocol.event(base)
                block += protocol.DONE
            yield block


def run(values, host, port):
    """Takes the port, then starts the engine and serves until told to stop."""
    engine.check_launcher(values)
    engine.check_surroundings(values)
    servers.raise_file_limit()
    listener = servers.bind(host, port)
    worker = Worker(values, host, port)
    asyncio.run(servers.serve(worker.app(), listener, worker.load, worker.summary, worker.watch))
