"""How every program of the stand-in speaks: one line a fact, and errors last, for a person to read."""

import sys

from ..version import __version__


class StandinError(Exception):
    """Something that would stop the real program too. Each line of it is one problem."""


def info(text):
    """Says what happened, on stderr as the real engine's logger does."""
    print(f"[TRT-LLM {__version__}] {text}", file=sys.stderr, flush=True)


def warn(text):
    """Says what the real engine would only warn about."""
    info(f"[WARNING] {text}")


def fail(error):
    """Prints the problems as the last lines and ends the process with code 1."""
    sys.stdout.flush()
    for line in str(error).splitlines() or [type(error).__name__]:
        print(f"[ERROR] {line}", file=sys.stderr, flush=True)
    sys.exit(1)
