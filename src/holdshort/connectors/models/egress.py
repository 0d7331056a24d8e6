"""
What the process that asks a model may not do: reach anybody but the provider, start programs, write files.

An audit hook of the interpreter cannot be taken off again, so that whatever code runs later in this process is held to it.
It is a second wall: the process is also started without any credential but the provider's key.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

_PROGRAMS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)
_FILES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.symlink",
    "os.truncate",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


class NotAllowed(PermissionError):
    """This process may not do that."""


def close_all_ways_but(host: str, port: int) -> None:
    """From now on, and for good, only connections to `host`:`port` are made by this process."""
    looked_up = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = {(str(each[4][0]), int(each[4][1])) for each in looked_up}
    sys.addaudithook(lambda event, args: _judge(event, args, host, port, allowed))


def _judge(event: str, args: tuple[Any, ...], host: str, port: int, allowed: set[tuple[str, int]]) -> None:
    if event == "socket.connect":
        address = args[1]
        if not isinstance(address, tuple) or (str(address[0]), int(address[1])) not in allowed:
            raise NotAllowed(f"only {host}:{port} may be reached from here")
    elif event in ("socket.sendto", "socket.bind"):
        raise NotAllowed("only the provider may be reached from here")
    elif event == "socket.getaddrinfo":
        asked = args[0].decode() if isinstance(args[0], bytes) else args[0]
        if asked not in (host, *(each for each, _ in allowed)):
            raise NotAllowed(f"only {host} is looked up from here")
    elif event in _PROGRAMS:
        raise NotAllowed("no program is started from here")
    elif event in _FILES or (event == "open" and _is_write(args)):
        raise NotAllowed("no file is changed from here")


def _is_write(args: tuple[Any, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(args[0], int):  # a descriptor that is open already
        return False
    return (isinstance(mode, str) and any(each in mode for each in "wax+")) or bool(int(flags or 0) & _WRITES)
