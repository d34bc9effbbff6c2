"""The prompts of a benchmark run."""

import json
import os
import random
from dataclasses import dataclass

from ...standin import tokens
from ...standin.report import StandinError, info


@dataclass
class Sample:
    """One request to make: the prompt is built only when it is sent, thousands of them would fill the memory."""

    number: int
    input_length: int
    output_length: int
    text: str = None

    def prompt(self, as_ids):
        """The prompt as text, where a word is a token, or as token ids."""
        if as_ids:
            return [(self.number + index) % tokens.VOCABULARY for index in range(self.input_length)]
        if self.text is not None:
            return self.text
        # The number makes each prompt its own, as random ones are.
        return f"p{self.number}" + tokens.text_between(self.number % len(tokens.WORDS), 1, self.input_length)


def samples(arguments):
    """As many samples as --num-prompts says, from a file if there is one."""
    name, path = arguments.dataset_name, arguments.dataset_path
    if name in ("random_image",) and arguments.backend != "openai-chat":
        raise StandinError("Multi-modal content is only supported on the openai-chat backend")
    if name == "trtllm_custom":
        if path is None:
            raise StandinError("--dataset-name trtllm_custom needs --dataset-path")
        if os.path.isfile(path):
            return from_file(path, arguments.num_prompts)
    if name != "random":
        info(
            f"[WARNING] the prompts are made up instead of {path or name}: {arguments.random_input_len} tokens in, "
            f"{arguments.random_output_len} out"
        )
    return made_up(arguments)


def made_up(arguments):
    """Prompts of the lengths that the random data set's options give."""
    chance = random.Random(arguments.seed)
    prefix = arguments.random_prefix_len

    def length(mean):
        spread = int(mean * arguments.random_range_ratio)
        return max(1, chance.randint(mean - spread, mean + spread))

    return [
        Sample(number, prefix + length(arguments.random_input_len), length(arguments.random_output_len))
        for number in range(arguments.num_prompts)
    ]


def from_file(path, wanted):
    """One JSON object a line: input.messages, of which the last is the prompt, and input.max_tokens."""
    found = []
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if len(found) == wanted:
                    break
                if line.strip():
                    entry = json.loads(line)["input"]
                    text = entry["messages"][-1]["content"]
                    found.append(Sample(len(found), len(text.split()), int(entry["max_tokens"]), text))
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise StandinError(f"{path}: entry {len(found) + 1} can't be read: {type(error).__name__}: {error}") from error
    if not found:
        raise StandinError(f"{path} holds no prompt")
    if len(found) < wanted:
        info(f"{path} holds {len(found)} prompts, fewer than the {wanted} asked for")
    return found
