"""The OpenAI-like requests and answers of the worker, with the fields of disaggregated serving."""

import base64
import binascii
import itertools
import json
import time
import zlib
from dataclasses import dataclass

from ..standin import tokens

DEFAULT_MAX_TOKENS = 16

SAMPLING_FIELDS = """
    model frequency_penalty logit_bias logprobs max_tokens n presence_penalty response_format seed stop
    stream stream_options temperature top_p user prompt_ignore_length best_of use_beam_search top_k
    top_p_min min_p repetition_penalty length_penalty early_stopping stop_token_ids
    include_stop_str_in_output ignore_eos min_tokens skip_special_tokens spaces_between_special_tokens
    truncate_prompt_tokens lora_request echo add_special_tokens thinking_token_budget priority
    disaggregated_params conversation_params"""
COMPLETION_FIELDS = frozenset(
    (SAMPLING_FIELDS + " prompt suffix return_context_logits detokenize").split()
)
CHAT_FIELDS = frozenset(
    (
        SAMPLING_FIELDS
        + """
    messages prompt_token_ids prompt_token_ids_b64 top_logprobs max_completion_tokens tools tool_choice
    parallel_tool_calls reasoning_effort thinking add_generation_prompt documents chat_template
    chat_template_kwargs injected_chat_template_kwargs media_io_kwargs cache_salt agent_hierarchy
    mm_processor_kwargs"""
    ).split()
)

_serial = itertools.count(1)


class BadRequest(Exception):
    """A request that the server refuses, with the text for its sender."""


@dataclass
class Prompt:
    """One prompt: its length in tokens and the first token that follows from it."""

    length: int
    first: int
    ids: list


@dataclass
class Request:
    """What the engine needs of a request."""

    chat: bool
    prompts: list
    max_tokens: int
    copies: int
    stream: bool
    include_usage: bool
    disaggregated: dict


def parse(body, chat):
    """Checks a request's body and takes what matters out of it."""
    if not isinstance(body, dict):
        raise BadRequest("the request's body must be a JSON object")
    unknown = [name for name in body if name not in (CHAT_FIELDS if chat else COMPLETION_FIELDS)]
    if unknown:
        raise BadRequest(f"Extra inputs are not permitted: {', '.join(sorted(unknown))}")
    if not isinstance(body.get("model"), str):
        raise BadRequest("model is required")
    limit = body.get("max_tokens")
    if chat and body.get("max_completion_tokens") is not None:
        limit = body["max_completion_tokens"]
    if limit is None:
        limit = DEFAULT_MAX_TOKENS
    if not isinstance(limit, int) or limit < 1:
        raise BadRequest(f"max_tokens must be a positive integer, not {limit!r}")
    copies = body.get("n") or 1
    if not isinstance(copies, int) or copies < 1:
        raise BadRequest(f"n must be a positive integer, not {copies!r}")
    stream = bool(body.get("stream"))
    options = body.get("stream_options")
    if options and not stream:
        raise BadRequest("stream_options can only be given with stream")
    disaggregated = body.get("disaggregated_params")
    if disaggregated is not None and not isinstance(disaggregated, dict):
        raise BadRequest("disaggregated_params must be an object")
    return Request(
        chat=chat,
        prompts=[chat_prompt(body)] if chat else completion_prompts(body.get("prompt")),
        max_tokens=limit,
        copies=copies,
        stream=stream,
        include_usage=bool(options and options.get("include_usage", True)),
        disaggregated=disaggregated,
    )


def prompt_of_ids(ids):
    """A prompt that came as token ids."""
    if not ids:
        raise BadRequest("the prompt is empty")
    try:
        return Prompt(len(ids), tokens.first_token(ids), ids)
    except TypeError:
        raise BadRequest("token ids must be integers") from None


def completion_prompts(value):
    """The four forms of a prompt: text, ids, or a list of either."""
    if isinstance(value, str):
        return [prompt_of_ids(tokens.words_to_ids(value))]
    if isinstance(value, list) and value:
        if isinstance(value[0], int):
            return [prompt_of_ids(value)]
        if isinstance(value[0], str):
            return [prompt_of_ids(tokens.words_to_ids(text)) for text in value]
        if isinstance(value[0], list):
            return [prompt_of_ids(ids) for ids in value]
    raise BadRequest("prompt must be a text, token ids, or a list of either")


def chat_prompt(body):
    """A chat's messages as one prompt, or the ids that a context server made of them."""
    if body.get("prompt_token_ids"):
        return prompt_of_ids(body["prompt_token_ids"])
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages must be a list with at least one message")
    texts = []
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            texts += [part.get("text", "") for part in content if isinstance(part, dict)]
        elif content is not None:
            texts.append(str(content))
    return prompt_of_ids(tokens.words_to_ids(" ".join(texts)))


def pack_state(state):
    """A context phase's result as the opaque text that travels to the generation server."""
    return base64.b64encode(json.dumps(state).encode()).decode()


def unpack_state(text):
    """The same, read back; anything that no stand-in wrote is refused."""
    try:
        state = json.loads(base64.b64decode(text, validate=True))
        if state["standin"] == 1:
            return state
    except (binascii.Error, TypeError, ValueError, KeyError):
        pass
    raise BadRequest("disaggregated_params.encoded_opaque_state is not the result of a context phase")


def error_body(message, status):
    """The error object that OpenAI's clients expect."""
    kind = "BadRequestError" if status < 500 else "InternalServerError"
    return {"object": "error", "message": message, "type": kind, "param": None, "code": status}


def new_id(chat):
    """An id for an answer."""
    serial = zlib.crc32(str(time.time_ns()).encode())
    return f"{'chatcmpl' if chat else 'cmpl'}-{serial:08x}{next(_serial):08x}"


def usage(request, produced):
    """The token counts of a whole request."""
    prompt = sum(one.length for one in request.prompts)
    return {"prompt_tokens": prompt, "completion_tokens": produced, "total_tokens": prompt + produced}


def response(request, model, choices, produced, prompt_ids=None):
    """An answer that is not streamed."""
    body = {
        "id": new_id(request.chat),
        "object": "chat.completion" if request.chat else "text_completion",
        "created": int(time.time()),
        "model": model,
        "choices": choices,
        "usage": usage(request, produced),
    }
    if prompt_ids is not None:
        body["prompt_token_ids"] = prompt_ids
    return body


def choice(chat, index, text, reason, disaggregated=None):
    """One choice of such an answer."""
    body = {"index": index}
    if chat:
        body["message"] = {"role": "assistant", "content": text, "tool_calls": []}
    else:
        body["text"] = text
    body["finish_reason"] = reason
    if disaggregated is not None:
        body["disaggregated_params"] = disaggregated
    return body


def stream_choice(chat, index, text, reason, opening):
    """One choice of a streamed chunk."""
    if not chat:
        return {"index": index, "text": text, "finish_reason": reason}
    delta = {"content": text}
    if opening:
        delta["role"] = "assistant"
    return {"index": index, "delta": delta, "finish_reason": reason}


def event(value):
    """One server-sent event."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
