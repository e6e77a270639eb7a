"""The most memory that this process ever had."""

import re
from pathlib import Path


def peak_mib() -> float:
    """From the kernel; MiB."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(told.group(1)) / 1024 if told else float("nan")
