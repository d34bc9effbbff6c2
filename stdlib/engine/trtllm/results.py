"""Prints what benchmark_serving measured as key=value lines, for a job script that has no JSON."""

import json
import sys

KEYS = {
    "requests": "num_prompts",
    "completed": "completed",
    "input_tokens": "total_input_tokens",
    "output_tokens": "total_output_tokens",
    "seconds": "duration",
    "requests_per_second": "request_throughput",
    "output_tokens_per_second": "output_throughput",
    "mean_ttft_ms": "mean_ttft_ms",
    "mean_tpot_ms": "mean_tpot_ms",
}


def is_number(value):
    """Whether a shell can use it: JSON's NaN and truth values are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


with open(sys.argv[1], encoding="utf-8") as file:
    result = json.load(file)

# The file counts only requests that came through; the client ends with 0 even if none did.
asked, completed = result.get("num_prompts"), result.get("completed")
if is_number(asked) and is_number(completed):
    print(f"failed={asked - completed}")
for key, source in KEYS.items():
    if is_number(result.get(source)):
        print(f"{key}={result[source]}")
