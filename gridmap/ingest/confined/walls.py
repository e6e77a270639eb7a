"""Puts walls around this process and becomes another program: walls.py MEMORY CPU PROGRAM ARGS…

No network (a namespace of its own, where the kernel permits), no writing to files, no more memory
than MEMORY bytes, no more than CPU seconds, no new privileges. All of it survives the exec.
"""

import ctypes
import os
import resource
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Build the walls, then run the program behind them."""
    memory_bytes, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    libc = ctypes.CDLL(None, use_errno=True)
    # As root the first works; as a user a namespace of users has to come with it.
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    os.execv(sys.executable, [sys.executable, "-I", *sys.argv[3:]])  # noqa: S606


if __name__ == "__main__":
    main()
