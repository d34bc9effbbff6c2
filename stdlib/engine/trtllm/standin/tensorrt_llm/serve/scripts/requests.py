"""One benchmark request, and what was seen of it."""

import json
import time
from dataclasses import dataclass, field

import aiohttp

from ...standin.web import reason


@dataclass
class Outcome:
    """The client's view of one request."""

    input_length: int
    success: bool = False
    ttft: float = 0.0
    latency: float = 0.0
    output_tokens: int = 0
    gaps: list = field(default_factory=list)
    text: str = ""
    error: str = ""


def payload(sample, arguments):
    """The request's body."""
    chat = arguments.backend == "openai-chat"
    body = {
        "model": arguments.served_model_name or arguments.model,
        "temperature": 0.0 if arguments.temperature is None else arguments.temperature,
        "max_completion_tokens" if chat else "max_tokens": sample.output_length,
        "stream": not arguments.non_streaming,
    }
    prompt = sample.prompt(arguments.tokenize_on_client and arguments.dataset_name == "random" and not chat)
    if chat:
        body["messages"] = [{"role": "user", "content": [{"type": "text", "text": prompt}]}]
    else:
        body["prompt"] = prompt
        body["repetition_penalty"] = 1.0
    if arguments.logprobs is not None:
        body["logprobs"] = bool(arguments.logprobs) if chat else arguments.logprobs
    if body["stream"]:
        body["stream_options"] = {"include_usage": True}
    if arguments.ignore_eos:
        body["ignore_eos"] = True
    for name in ("top_p", "top_k", "min_p"):
        if getattr(arguments, name) is not None:
            body[name] = getattr(arguments, name)
    return json.dumps(body).encode()


async def send(session, url, sample, arguments):
    """Sends one request; a failure is an outcome too."""
    outcome = Outcome(sample.input_length)
    body = payload(sample, arguments)
    start = time.perf_counter()
    try:
        async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
            if answer.status != 200:
                outcome.error = f"{answer.status} {answer.reason}: {(await answer.text())[:500]}"
            elif arguments.non_streaming:
                take_whole(outcome, await answer.json(content_type=None), start)
            else:
                await take_stream(outcome, answer, start)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, IndexError) as error:
        outcome.error = f"{type(error).__name__}: {reason(error)}"
        outcome.success = False
    return outcome


def take_whole(outcome, body, start):
    """An answer in one piece: its first token came with its last."""
    outcome.latency = outcome.ttft = time.perf_counter() - start
    choice = body["choices"][0]
    outcome.text = choice["text"] if "text" in choice else choice["message"]["content"]
    outcome.output_tokens = body["usage"]["completion_tokens"]
    outcome.success = True


async def take_stream(outcome, answer, start):
    """An answer as server-sent events, of which only the last is [DONE]."""
    last = start
    finished = False
    texts = []
    async for line in answer.content:
        if not line.startswith(b"data: "):
            continue
        data = line[6:].strip()
        if data == b"[DONE]":
            finished = True
            continue
        now = time.perf_counter()
        event = json.loads(data)
        if event.get("choices"):
            if texts:
                outcome.gaps.append(now - last)
            else:
                outcome.ttft = now - start
            choice = event["choices"][0]
            texts.append(choice["text"] if "text" in choice else choice["delta"].get("content") or "")
            last = now
        elif event.get("usage"):
            outcome.output_tokens = event["usage"]["completion_tokens"]
    outcome.latency = last - start
    outcome.text = "".join(texts)
    outcome.output_tokens = outcome.output_tokens or len(outcome.text.split())
    outcome.success = finished and bool(texts)
    if not outcome.success:
        outcome.error = "the answer broke off" if texts else "the answer held no token"
