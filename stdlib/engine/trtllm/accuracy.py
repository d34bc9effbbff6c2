"""Prints what lm_eval found out about a task as key=value lines, for a job script that has no JSON."""

import json
import re
import sys
from pathlib import Path


def is_number(value):
    """Whether a shell can use it: JSON's NaN and truth values are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


def key(*names):
    """The names as one key: exact_match,strict-match becomes exact_match_strict_match."""
    return re.sub("[^a-z0-9]+", "_", "_".join(names).lower()).strip("_")


folder, task = Path(sys.argv[1]), sys.argv[2]
# The program makes a folder for the model, and puts the time into the file's name.
files = sorted(folder.rglob("results_*.json"), key=lambda file: file.name)
if not files:
    sys.exit(f"[ERROR] lm_eval left no results_….json in {folder}")
found = json.loads(files[-1].read_text(encoding="utf-8"))
results = found.get("results", {})
# A task's name may stand for several tasks without a result of their own.
chosen = {task: results[task]} if task in results else results
lines = []
for name, metrics in chosen.items():
    prefix = [] if name == task else [name]
    for metric, value in metrics.items():
        if is_number(value):
            lines.append(f"{key(*prefix, metric)}={value}")
    samples = found.get("n-samples", {}).get(name, {}).get("effective")
    if is_number(samples):
        lines.append(f"{key(*prefix, 'samples')}={samples}")
if not lines:
    sys.exit(f"[ERROR] {files[-1]} has no number for {task}")
print("\n".join(lines))
