"""The numbers of a benchmark run, under the real client's names."""

from statistics import fmean, median, pstdev

TITLES = {
    "ttft": ("TTFT", "Time to First Token"),
    "tpot": ("TPOT", "Time per Output Token (excl. 1st token)"),
    "itl": ("ITL", "Inter-token Latency"),
    "e2el": ("E2EL", "End-to-end Latency"),
}


def percentile(values, share):
    """The value below which `share` percent lie, between neighbours by proportion."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def word(share):
    """A percentile in a name: 99 for 99.0."""
    return str(int(share)) if share == int(share) else str(share)


def series(outcomes):
    """The per-request values of each metric, in seconds."""
    good = [outcome for outcome in outcomes if outcome.success]
    return {
        "ttft": [outcome.ttft for outcome in good],
        "tpot": [
            (outcome.latency - outcome.ttft) / (outcome.output_tokens - 1)
            for outcome in good
            if outcome.output_tokens > 1
        ],
        "itl": [gap for outcome in good for gap in outcome.gaps],
        "e2el": [outcome.latency for outcome in good],
    }


def goodput(outcomes, goals):
    """How many requests met all goals, given in milliseconds."""
    met = 0
    for outcome in outcomes:
        if outcome.success:
            rest = max(outcome.output_tokens - 1, 1)
            seen = {"ttft": outcome.ttft, "tpot": (outcome.latency - outcome.ttft) / rest, "e2el": outcome.latency}
            met += all(seen[name] * 1000 <= goal for name, goal in goals.items())
    return met


def summarize(outcomes, duration, selected, shares, goals):
    """The result's fields, in the real file's order and names (its "request_goodput:" included)."""
    good = [outcome for outcome in outcomes if outcome.success]
    inputs = sum(outcome.input_length for outcome in good)
    outputs = sum(outcome.output_tokens for outcome in good)
    result = {
        "duration": duration,
        "completed": len(good),
        "total_input_tokens": inputs,
        "total_output_tokens": outputs,
        "request_throughput": len(good) / duration,
        "request_goodput:": goodput(outcomes, goals) / duration if goals else None,
        "output_throughput": outputs / duration,
        "total_token_throughput": (inputs + outputs) / duration,
        "user_throughput": fmean(
            [outcome.output_tokens / outcome.latency for outcome in good if outcome.latency] or [0]
        ),
        # Decoding several tokens at once needs a model.
        "avg_decoded_tokens_per_iter": {
            "mean": 0.0, "min": 0.0, "max": 0.0, "median": 0.0, "std": 0.0,
            "percentiles": {f"p{share}": 0.0 for share in shares},
        },
        "input_lens": [outcome.input_length for outcome in outcomes],
        "output_lens": [outcome.output_tokens if outcome.success else 0 for outcome in outcomes],
        "ttfts": [outcome.ttft for outcome in outcomes],
        "itls": [outcome.gaps for outcome in outcomes],
        "e2els": [outcome.latency for outcome in outcomes],
        "generated_texts": [outcome.text for outcome in outcomes],
        "errors": [outcome.error for outcome in outcomes],
    }
    for name, values in series(outcomes).items():
        if name in selected:
            values = [value * 1000 for value in values] or [0.0]
            result[f"std_{name}_ms"] = pstdev(values)
            result[f"mean_{name}_ms"] = fmean(values)
            result[f"median_{name}_ms"] = median(values)
            for share in shares:
                result[f"p{word(share)}_{name}_ms"] = percentile(values, share)
    return result


DETAILS = ("input_lens", "output_lens", "ttfts", "itls", "e2els", "generated_texts", "errors")


def print_summary(result, total, shares):
    """The table that a person reads, with a head that nobody takes for a measurement."""
    print("=" * 60)
    print("STAND-IN RESULT: no model and no GPU ran, these times say")
    print("nothing about performance")
    print("=" * 60)
    rows = [
        ("Total requests:", total),
        ("Successful requests:", result["completed"]),
        ("Failed requests:", total - result["completed"]),
        ("Benchmark duration (s):", result["duration"]),
        ("Total input tokens:", result["total_input_tokens"]),
        ("Total generated tokens:", result["total_output_tokens"]),
        ("Request throughput (req/s):", result["request_throughput"]),
        ("Output token throughput (tok/s):", result["output_throughput"]),
        ("Total Token throughput (tok/s):", result["total_token_throughput"]),
        ("User throughput (tok/s):", result["user_throughput"]),
    ]
    for name, (short, title) in TITLES.items():
        if f"mean_{name}_ms" in result:
            rows.append((f"-- {title}", ""))
            rows.append((f"Mean {short} (ms):", result[f"mean_{name}_ms"]))
            rows.append((f"Median {short} (ms):", result[f"median_{name}_ms"]))
            rows += [(f"P{word(share)} {short} (ms):", result[f"p{word(share)}_{name}_ms"]) for share in shares]
    for label, value in rows:
        print(f"{label:<42}{value:.2f}" if isinstance(value, float) else f"{label:<42}{value}")
    print("=" * 60, flush=True)
