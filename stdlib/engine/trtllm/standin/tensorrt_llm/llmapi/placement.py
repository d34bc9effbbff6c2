"""Checks where the ranks of one server sit, as NCCL and CUDA would find out on real GPUs."""

from collections import Counter
from itertools import groupby


def check(sizes, reports):
    """The problems of a world: `reports` are the ranks' placements, in rank order."""
    wanted = sizes["tp"] * sizes["pp"] * sizes["cp"]
    if len(reports) != wanted:
        return [
            f"tensor_parallel_size {sizes['tp']} x pipeline {sizes['pp']} x context {sizes['cp']} needs "
            f"{wanted} MPI ranks, but the MPI world has {len(reports)}"
        ]
    problems = []
    for report in reports:
        if report["device"] is None:
            shown = report["variable"]
            problems.append(
                f"CUDA error: rank {report['rank']} on {report['host']} has no GPU number {report['local']}: "
                f"CUDA_VISIBLE_DEVICES is {'not set' if shown is None else repr(shown)}, "
                f"gpus_per_node is {report['gpus_per_node']}"
            )
    problems += duplicates(reports)
    problems += partial_node_first(reports)
    problems += split_hosts(reports)
    problems += unequal_views(reports)
    return problems


def duplicates(reports):
    """Two ranks on one GPU: NCCL refuses that."""
    owner, problems = {}, []
    for report in reports:
        place = (report["host"], report["device"])
        if report["device"] is None:
            continue
        if place in owner:
            problems.append(
                f"Duplicate GPU detected: rank {report['rank']} and rank {owner[place]} "
                f"both on device {report['device']} of {report['host']}"
            )
        else:
            owner[place] = report["rank"]
    return problems


def partial_node_first(reports):
    """Ranks count through nodes of the size that rank 0 sees, so a smaller node must be the last."""
    counts = Counter(report["host"] for report in reports)
    first = reports[0]["host"]
    bigger = [host for host in counts if counts[host] > counts[first]]
    if not bigger:
        return []
    return [
        f"the partial node comes first: {first} has {counts[first]} ranks, {bigger[0]} has {counts[bigger[0]]}, "
        f"and a rank's device is its number modulo {reports[0]['gpus_per_node']}"
    ]


def split_hosts(reports):
    """Rank order is node order: a host's ranks must follow each other."""
    seen, problems = set(), []
    for host, group in groupby(reports, key=lambda report: report["host"]):
        if host in seen:
            first = next(group)["rank"]
            problems.append(f"the ranks of {host} are not contiguous: rank {first} is on it again, after other hosts")
        seen.add(host)
    return problems


def unequal_views(reports):
    """All ranks of a host see the server's GPUs there: the same ones, and as many as there are ranks."""
    hosts = {}
    for report in reports:
        hosts.setdefault(report["host"], []).append(report)
    problems = []
    for host, group in hosts.items():
        first = group[0]
        for report in group[1:]:
            if report["visible"] != first["visible"]:
                problems.append(
                    f"the ranks of {host} see different GPUs: rank {first['rank']} sees "
                    f"{','.join(first['visible']) or 'none'}, rank {report['rank']} sees "
                    f"{','.join(report['visible']) or 'none'}"
                )
                break
        else:
            if first["visible"] and len(first["visible"]) != len(group):
                problems.append(
                    f"{host} runs {len(group)} ranks of this server but shows them {len(first['visible'])} GPUs "
                    f"({','.join(first['visible'])})"
                )
    return problems


def summary(reports):
    """One line for the log: which GPUs of which host."""
    parts = []
    for host, group in groupby(reports, key=lambda report: report["host"]):
        parts.append(f"{host}:{','.join(report['device'] for report in group)}")
    return " ".join(parts)
