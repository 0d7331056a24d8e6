"""
Serving the pages: gunicorn with threads in one child process, and beside them the worker that carries out what was released.

The parent holds the socket and watches; the child has the threads. Both end on Ctrl-C or SIGTERM: requests and the run that
has begun are brought to their end first.
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import logging.handlers
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdshort.core.onboarding.commands import Refused

if TYPE_CHECKING:
    from holdshort.bootstrap import House

THREADS = 8
SWEEP_EVERY_S = 1.0
CHECKPOINT_EVERY = timedelta(minutes=15)
_GRACE_S = 30
_LOG_BYTES = 20_000_000


@dataclass(frozen=True)
class Serving:
    """How to serve: `works` whether this process also carries out what was released."""

    sock: socket.socket
    access_log: Path
    works: bool = True
    ready: Callable[[], None] = lambda: None
    told: Callable[[str], None] = lambda line: None


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach what listens there."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_unspecified(host: str) -> bool:
    """Whether it stands for all addresses of this machine, which is nothing that people type."""
    address = _address(host)
    return address is not None and address.is_unspecified


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def listen(host: str, port: int) -> socket.socket:
    """
    A socket on this address; port 0 takes a free one.

    Raises:
        Refused: The port is taken or may not be used, or the host is none of this machine (WEB-002 to WEB-004).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host.strip("[]"), port))
    except OSError as error:
        sock.close()
        raise _cannot_listen(error, host, port) from error
    sock.set_inheritable(True)
    return sock


def _cannot_listen(error: OSError, host: str, port: int) -> Refused:
    if error.errno == errno.EADDRINUSE:
        return Refused(
            "WEB-002", f"port {port} of {host} is taken: another program, perhaps another Holdshort, listens there",
            "stop that one, or take another with `--port N`; `--port 0` takes a free one",
        )  # fmt: skip
    if error.errno == errno.EACCES:
        return Refused(
            "WEB-003", f"port {port} may be used by the machine's administrator alone",
            "take one from 1024 up, and put a reverse proxy in front",
        )  # fmt: skip
    return Refused("WEB-004", f"{host} is no address of this machine", "take 127.0.0.1, or one that it has")


def serve(house: House, serving: Serving) -> None:
    """Serve until somebody stops it."""
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it has no types

    from holdshort.web.application import make_application

    class Server(BaseApplication):  # type: ignore[misc]  # for the same reason
        def load_config(self) -> None:
            for name, value in _configuration(house, serving).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return make_application(house)

    Server().run()


def _configuration(house: House, serving: Serving) -> dict[str, Any]:
    beside = _Beside(house, serving)
    return {
        "bind": f"fd://{serving.sock.fileno()}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "keepalive": 5,
        "timeout": 60,
        "graceful_timeout": _GRACE_S,
        "loglevel": "warning",
        "errorlog": "-",
        "proc_name": "holdshort",
        "control_socket_disable": True,
        "limit_request_field_size": 8190,
        "post_worker_init": beside.begin,
        "worker_exit": beside.end,
    }


class _Beside:
    """What the child does beside answering: it keeps the log of access and, where wanted, works."""

    def __init__(self, house: House, serving: Serving) -> None:
        self._house = house
        self._serving = serving
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, worker: Any) -> None:
        log_access(self._serving.access_log)
        if self._serving.works:
            self._thread = threading.Thread(target=self._work, name="worker", daemon=True)
            self._thread.start()
        self._serving.ready()

    def end(self, server: Any, worker: Any) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_GRACE_S)

    def _work(self) -> None:
        from holdshort.service.chores import Chores

        house, tell = self._house, self._serving.told
        chores = Chores(house.flow, house.audit_store, lambda: house.signer, None, CHECKPOINT_EVERY)

        def between() -> None:
            for each in chores.run(self._stop.is_set):
                tell(each.words)

        while not self._stop.is_set():
            try:
                house.sweeper.run_until(
                    self._stop, SWEEP_EVERY_S, between=between, away=lambda why: tell(str(why))
                )
            except Exception:  # the pages stay; what could not be done is tried again
                logging.getLogger("holdshort.web").exception("the worker stumbled and goes on")
                self._stop.wait(10 * SWEEP_EVERY_S)


def log_access(file: Path) -> None:
    """Every decision about access as a line of JSON, readable by the owner alone; old lines go after some time."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=_LOG_BYTES, backupCount=5, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("holdshort.access")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers[:] = [handler]
