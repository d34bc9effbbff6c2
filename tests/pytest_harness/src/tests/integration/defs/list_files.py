"""Test lists and waives: files with a test on each line, perhaps with a marker and its reason."""

import difflib
import re
from dataclasses import dataclass

LINE = re.compile(r"(?P<test>.+?)(?: (?P<marker>SKIP|XFAIL|UNSTABLE|TIMEOUT)(?: \((?P<reason>.*?)\))?.*)?")


@dataclass
class Entry:
    test: str
    marker: str | None
    reason: str


def read(path, prefix):
    """The entries of a file that concern a run with this prefix."""
    with open(path, encoding="utf-8") as file:
        lines = [line.partition("#")[0].strip() for line in file]
    found = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        match = LINE.fullmatch(line)
        test, marker, reason = match["test"], match["marker"], match["reason"] or ""
        if marker == "TIMEOUT" and not reason.isdigit():
            raise ValueError(f"{path}:{number}: TIMEOUT needs minutes in parentheses, not {reason!r}")
        if test.startswith("full:"):
            # full:PLATFORM/TEST holds where the stage's name begins with the platform.
            platform, _, test = test.removeprefix("full:").partition("/")
            if platform not in (prefix, (prefix or "").split("-")[0]):
                continue
        found.append(Entry(test, marker, reason))
    return found


def corrections(unknown, known):
    """What to write instead of tests that don't exist."""
    lines = ["the test list names tests that don't exist:"]
    for test in unknown:
        near = difflib.get_close_matches(test, known, n=1)
        lines.append(f"  {test}" + (f": did you mean {near[0]}?" if near else ""))
    return "\n".join(lines)
