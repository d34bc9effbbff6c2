"""Which tests there are, and what each one reads.

    disagg[_upload]-MODE-STEM       every role is a process of its own
    disagg[_upload]-STEM            older, without a mode: e2e
    aggr[_upload]-MODE-STEM         one process measures one half of a disaggregated configuration
    aggr[_upload]-CONFIG[-SERVER]   one process measures an aggregated configuration, or one server of it
"""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml

DISAGG_MODES = ("e2e", "gen_only", "gen_only_no_context")
AGGR_MODES = ("ctx_only", "gen_only_no_context")
LLM_ROOT = Path(os.environ.get("LLM_ROOT") or Path(__file__).parents[4])


@dataclass(frozen=True)
class Case:
    """One test."""

    name: str
    path: Path
    mode: str | None
    server: str | None = None

    @property
    def disaggregated(self):
        return self.name.startswith("disagg")

    @property
    def config(self):
        with open(self.path, encoding="utf-8") as file:
            return yaml.safe_load(file)


def files(variable, folder):
    """The configurations of a folder, which is relative to the engine's source tree."""
    folder = LLM_ROOT / os.environ.get(variable, f"tests/scripts/perf-sanity/{folder}")
    return sorted(folder.glob("*.yaml"))


def all_cases():
    """Every test, by its name."""
    found = []
    for upload in ("_upload", ""):
        for path in files("DISAGG_CONFIG_FOLDER", "disaggregated"):
            for launch, modes in (("disagg", DISAGG_MODES), ("aggr", AGGR_MODES)):
                found += [Case(f"{launch}{upload}-{mode}-{path.stem}", path, mode) for mode in modes]
            found.append(Case(f"disagg{upload}-{path.stem}", path, "e2e"))
        for path in files("AGG_CONFIG_FOLDER", "aggregated"):
            case = Case(f"aggr{upload}-{path.stem}", path, None)
            found.append(case)
            servers = [server["name"] for server in case.config["server_configs"]]
            found += [Case(f"{case.name}-{server}", path, None, server) for server in servers]
    return {case.name: case for case in found}
