"""Pretend GPUs: which ones a process sees, and who has taken one."""

import fcntl
import glob
import os
import re
import socket

from .report import StandinError


def visible_devices():
    """The devices that CUDA would show to this process, in order.

    Without CUDA_VISIBLE_DEVICES all of the node's GPUs are visible, if it has any device files.
    """
    value = os.environ.get("CUDA_VISIBLE_DEVICES")
    if value is None:
        files = glob.glob("/dev/nvidia[0-9]*")
        return sorted((name[len("/dev/nvidia"):] for name in files), key=int)
    devices = []
    for name in value.split(","):
        name = name.strip()
        # CUDA ignores everything from the first name on that is no device.
        if not re.fullmatch(r"\d+|(GPU|MIG)-[\w/-]+", name):
            break
        devices.append(name)
    return devices


class DeviceLock:
    """The memory of one GPU, as taken: a lock on a file in the node's own /tmp.

    The kernel drops the lock with the process, as CUDA frees the memory of a process that ends.
    """

    def __init__(self, device):
        path = f"/tmp/standin-gpu-{device.replace('/', '_')}.lock"
        self.file = open(path, "a+", encoding="utf-8")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.seek(0)
            owner = self.file.read().strip() or "unknown"
            self.file.close()
            raise StandinError(
                f"CUDA out of memory: GPU {device} on {socket.gethostname()} is used by another process (pid {owner})"
            ) from None
        self.file.truncate(0)
        self.file.write(str(os.getpid()))
        self.file.flush()
