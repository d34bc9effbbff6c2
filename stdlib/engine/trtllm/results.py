"""Prints what benchmark_serving measured as key=value lines, for a job script that has no JSON."""

import json
import sys

KEYS = {
    "requests": "num_prompts",
    "completed": "completed",
    "input_tokens": "total_input_tokens",
    "output_tokens": "total_output_tokens",
    "seconds": "duration",
    "output_tokens_per_second": "output_throughput",
    "mean_ttft_ms": "mean_ttft_ms",
    "mean_tpot_ms": "mean_tpot_ms",
}

with open(sys.argv[1], encoding="utf-8") as file:
    result = json.load(file)

for key, source in KEYS.items():
    value = result.get(source)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        print(f"{key}={value}")
