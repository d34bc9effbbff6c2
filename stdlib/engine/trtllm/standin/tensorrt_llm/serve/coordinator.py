"""The coordinator: each request goes to a context server, then with its result to a generation server."""

import asyncio
import json
import os
import time
from collections import Counter

import aiohttp
from aiohttp import web

from ..standin import web as servers
from ..standin.report import StandinError, info, warn
from ..version import __version__
from . import protocol
from .router import Router
from .worker import GEN_ONLY

POLL_SECONDS = 0.25
LOG_EVERY = 1000


class WorkerError(Exception):
    """A server behind the coordinator failed, with what it said."""


class Coordinator:
    """Routers, counters and the connections to the servers."""

    def __init__(self, config, start_timeout, request_timeout):
        self.config = config
        self.start_timeout = start_timeout
        self.timeout = aiohttp.ClientTimeout(total=request_timeout)
        self.context = Router(config.context)
        self.generation = Router(config.generation)
        self.gen_only = os.environ.get(GEN_ONLY) == "1"
        self.ready = False
        self.counts = Counter()
        self.session = None

    def app(self):
        """The routes."""
        app = web.Application(client_max_size=256 << 20)
        app.add_routes(
            [
                web.get("/health", self.health),
                web.get("/version", self.version),
                web.get("/cluster_info", self.cluster_info),
                web.get("/prometheus/metrics", self.prometheus),
                web.post("/v1/completions", self.completions),
                web.post("/v1/chat/completions", self.chat),
            ]
        )
        app.on_cleanup.append(self.close)
        return app

    async def close(self, _):
        """Ends the connections to the servers."""
        if self.session:
            await self.session.close()

    async def load(self):
        """Waits until every server answers that it is healthy."""
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60), timeout=self.timeout, auto_decompress=False
        )
        if not self.generation.urls:
            raise StandinError("generation_servers names no server")
        if not self.context.urls and not self.gen_only:
            raise StandinError(f"context_servers names no server, and {GEN_ONLY} is not 1")
        waiting = {url: "no answer" for url in self.context.urls + self.generation.urls}
        info(f"waiting for {len(waiting)} servers: {' '.join(waiting)}")
        deadline = time.monotonic() + self.start_timeout
        while True:
            answers = await asyncio.gather(*(self.ask_health(url) for url in waiting))
            waiting = {url: answer for url, answer in zip(waiting, answers) if answer != "200"}
            if not waiting:
                break
            if time.monotonic() > deadline:
                raise StandinError(
                    "\n".join(
                        f"server {url} is not ready after {self.start_timeout} s: {why}" for url, why in waiting.items()
                    )
                )
            await asyncio.sleep(POLL_SECONDS)
        self.ready = True
        info("all servers are ready")

    async def ask_health(self, url):
        """A server's answer to /health, or why there is none."""
        try:
            async with self.session.get(f"http://{url}/health", timeout=aiohttp.ClientTimeout(total=5)) as answer:
                return str(answer.status)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            return servers.reason(error)

    async def health(self, _):
        return web.Response(status=200 if self.ready else 503)

    async def version(self, _):
        return web.json_response({"version": __version__})

    async def cluster_info(self, _):
        servers_of = {"context_servers": self.context.urls, "generation_servers": self.generation.urls}
        return web.json_response({"current_workers": servers_of, "is_ready": self.ready})

    async def prometheus(self, _):
        lines = [
            f'trtllm_standin_coordinator_requests_total{{result="{kind}"}} {count}'
            for kind, count in sorted(self.counts.items())
        ]
        for role, router in (("context", self.context), ("generation", self.generation)):
            for url, count in router.total.items():
                lines.append(f'trtllm_standin_routed_total{{role="{role}",server="{url}"}} {count}')
        return web.Response(text="".join(line + "\n" for line in lines))

    async def completions(self, request):
        return await self.handle(request, chat=False)

    async def chat(self, request):
        return await self.handle(request, chat=True)

    async def handle(self, http, chat):
        """Takes one request through both phases."""
        if not self.ready:
            return web.json_response(protocol.error_body("the servers are still loading", 503), status=503)
        try:
            body = json.loads(await http.read())
            self.check(body, chat)
        except (protocol.BadRequest, json.JSONDecodeError) as error:
            self.count("refused")
            return web.json_response(protocol.error_body(str(error), 400), status=400)
        try:
            if self.gen_only:
                body["disaggregated_params"] = {
                    "request_type": "generation_only", "first_gen_tokens": [7], "ctx_request_id": 1,
                }
                body["ignore_eos"] = True
            else:
                await self.context_phase(http.path, body, chat)
            answer, result = await self.generation_phase(http, body)
        except WorkerError as error:
            self.count("failed")
            if self.counts["failed"] == 1:
                warn(f"first failed request: {error}")
            return web.json_response(protocol.error_body(f"Internal server error {error}", 500), status=500)
        self.count(result)
        return answer

    def count(self, kind):
        """Counts a request and says so now and then."""
        self.counts[kind] += 1
        if sum(self.counts.values()) % LOG_EVERY == 0:
            info(self.summary())

    def summary(self):
        """Who got how many requests."""
        return (
            f"routed {sum(self.counts.values())} requests: ctx {self.context.summary()} gen {self.generation.summary()}"
            + "".join(f", {self.counts[kind]} {kind}" for kind in ("failed", "refused", "cut off") if self.counts[kind])
        )

    @staticmethod
    def check(body, chat):
        """What the coordinator itself refuses; the rest is up to the servers."""
        if not isinstance(body, dict) or not isinstance(body.get("model"), str):
            raise protocol.BadRequest("the request's body must be an object with a model")
        known = protocol.CHAT_FIELDS if chat else protocol.COMPLETION_FIELDS
        unknown = [name for name in body if name not in known]
        if unknown:
            raise protocol.BadRequest(f"Extra inputs are not permitted: {', '.join(sorted(unknown))}")
        prompt = body.get("prompt")
        if isinstance(prompt, list) and len(prompt) > 1 and not isinstance(prompt[0], int):
            raise protocol.BadRequest("a disaggregated server takes one text or one list of token ids as the prompt")

    async def context_phase(self, path, body, chat):
        """Runs the prefill and puts its result into the request for the generation server."""
        first = {name: value for name, value in body.items() if name != "stream_options"}
        first["stream"] = False
        first["disaggregated_params"] = {"request_type": "context_only"}
        url = self.context.take()
        try:
            async with await self.post(url, path, first) as answer:
                result = json.loads(await self.read(url, answer))
        finally:
            self.context.release(url)
        try:
            params = result["choices"][0]["disaggregated_params"]
            params["request_type"] = "generation_only"
        except (KeyError, IndexError, TypeError):
            raise WorkerError(f"the context server {url} answered without disaggregated_params") from None
        body["disaggregated_params"] = params
        # The generation server need not tokenize again.
        body["prompt_token_ids" if chat else "prompt"] = result["prompt_token_ids"]

    async def generation_phase(self, http, body):
        """Passes the generation server's answer on as it comes; returns it and how that went."""
        url = self.generation.take()
        try:
            async with await self.post(url, http.path, body) as answer:
                if not body.get("stream"):
                    return web.Response(body=await self.read(url, answer), content_type="application/json"), "done"
                out = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
                try:
                    await out.prepare(http)
                    async for block in answer.content.iter_any():
                        await out.write(block)
                except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                    # Half an answer is out: cutting the connection is the only way left to say so.
                    warn(f"the generation server {url} broke off: {servers.reason(error)}")
                    if http.transport:
                        http.transport.abort()
                    return out, "failed"
                except ConnectionResetError:
                    # The client is gone; there is nobody to tell.
                    return out, "cut off"
                return out, "done"
        finally:
            self.generation.release(url)

    async def post(self, url, path, body):
        """Sends a request to a server, again if it can't be reached, and insists on a good answer."""
        data = json.dumps(body).encode()
        for attempt in range(self.config.max_retries + 1):
            try:
                answer = await self.session.post(
                    f"http://{url}{path}", data=data, headers={"Content-Type": "application/json"}
                )
                break
            except (aiohttp.ClientError, OSError) as error:
                if attempt == self.config.max_retries:
                    raise WorkerError(f"{url} can't be reached: {servers.reason(error)}") from error
            except asyncio.TimeoutError as error:
                raise WorkerError(f"{url} did not answer within {self.timeout.total:g} s") from error
        if answer.status != 200:
            text = (await self.read(url, answer)).decode(errors="replace")
            answer.release()
            raise WorkerError(f"{url} answered {answer.status}: {text}")
        return answer

    async def read(self, url, answer):
        """A whole answer."""
        try:
            return await answer.read()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise WorkerError(f"{url} broke off: {servers.reason(error)}") from error


def run(config, start_timeout, request_timeout):
    """Takes the port, waits for the servers and serves until told to stop."""
    servers.raise_file_limit()
    listener = servers.bind(config.hostname, config.port)
    coordinator = Coordinator(config, start_timeout, request_timeout)
    asyncio.run(servers.serve(coordinator.app(), listener, coordinator.load, coordinator.summary))
