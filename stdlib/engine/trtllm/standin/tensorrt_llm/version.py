"""The version that the stand-in answers for, marked so that no log can be mistaken.

The real package is of one version; this one is told which one to be, as a container's tag would tell.
"""

import os

ENGINE = os.environ.get("TRTLLM_STANDIN_VERSION") or "1.2"

__version__ = f"{ENGINE}+standin"


def at_least(version):
    """Whether the engine is of that version or a later one."""
    try:
        numbers = [[int(part) for part in text.split(".")[:2]] for text in (ENGINE, version)]
    except ValueError:
        return True  # not a number: a build of the newest source
    return numbers[0] >= numbers[1]
