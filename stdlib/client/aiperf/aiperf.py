"""Prints what AIPerf measured as key=value lines, for a job script that has no JSON."""

import json
import sys

KEYS = {
    "completed": ("request_count", "avg"),
    "input_tokens": ("total_isl", "avg"),
    "output_tokens": ("total_osl", "avg"),
    "seconds": ("benchmark_duration", "avg"),
    "requests_per_second": ("request_throughput", "avg"),
    "output_tokens_per_second": ("output_token_throughput", "avg"),
    "mean_ttft_ms": ("time_to_first_token", "avg"),
    "mean_tpot_ms": ("inter_token_latency", "avg"),
}


def number(result, metric, statistic):
    """A figure as a shell can use it; None where it was not measured."""
    entry = result.get(metric)
    value = entry.get(statistic) if isinstance(entry, dict) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value - value != 0:
        return None
    return int(value) if float(value).is_integer() else value


def main(path, asked):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    figures = {key: number(result, *source) for key, source in KEYS.items()}
    print(f"requests={asked}")
    # Only requests that came through count there.
    print(f"failed={int(asked) - (figures['completed'] or 0)}")
    for key, value in figures.items():
        if value is not None:
            print(f"{key}={value}")


main(*sys.argv[1:])
