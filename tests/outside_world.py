"""
The outside world for tests: a small HTTP server that does what it is told, badly if wished, and counts its effects.

    world = OutsideWorld(tmp_path / "effects.jsonl").start()       # a thread of this process
    world = OutsideWorld(log, own_process=True).start()            # survives when this process is killed
    python tests/outside_world.py --log FILE [--port N] [--ignore-keys] [--no-look-up]     # prints its URL

POST anything to any path: one effect, one line of JSON in the log, on the disk before any answer.
GET /effects/KEY: `{"state": "done" | "absent", "key": …, "stored": …}`, or 404 with `--no-look-up`.
POST /_modes: which faults to play, as `set_mode` does.

Standard library only, and none of the product: what judges the product shares no code with it.
"""

import argparse
import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

MODES = (
    "works",
    "hangs",  # takes the request and neither acts nor answers
    "lies",  # says that it stored what was sent, and stores something else
    "times out after acting",
    "answers garbage",  # after acting
    "refuses",  # 422, nothing done
    "resets",  # breaks the connection, nothing done
    "resets after acting",
    "drips",  # acts, then answers a byte at a time, for ever
    "answers hugely",  # acts, then 8 MiB
    "cuts short",  # acts, then less than it announced
    "redirects",  # to `location`, nothing done
)
ANY_KIND = "*"


class OutsideWorld:
    """One server. `set_mode` may be called at any time, `effects` also after `stop`."""

    def __init__(self, log, *, honours_keys=True, answers_look_up=True, own_process=False, port=0):
        self.log = Path(log)
        self.honours_keys = honours_keys
        self.answers_look_up = answers_look_up
        self.own_process = own_process
        self.port = port
        self.url = ""
        self._server = self._process = None

    def start(self):
        if self.own_process:
            command = [sys.executable, __file__, "--log", str(self.log), "--port", str(self.port)]
            command += [] if self.honours_keys else ["--ignore-keys"]
            command += [] if self.answers_look_up else ["--no-look-up"]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            self.url = self._process.stdout.readline().strip()
        else:
            self._server = _Server(self.log, self.honours_keys, self.answers_look_up, self.port)
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
            self.url = self._server.url
        self.port = int(self.url.rpartition(":")[2])
        return self

    def set_mode(self, mode, kind=ANY_KIND, *, delay_ms=0, status=None, location=""):
        """Play `mode` for actions of `kind` (`*`: all others). `status` answers that status without acting."""
        assert mode in MODES, mode
        told = {"kind": kind, "mode": mode, "delay_ms": delay_ms, "status": status, "location": location}
        ask = urllib.request.Request(f"{self.url}/_modes", json.dumps(told).encode(), method="POST")
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        direct.open(ask, timeout=5).close()

    def effects(self, key=None):
        """Effects so far, oldest first: `key`, `kind`, `path`, `headers`, `raw` (text), `stored`."""
        found = read_log(self.log)
        return found if key is None else [each for each in found if each["key"] == key]

    def stop(self):
        if self._server is not None:
            self._server.leave()
            self._server = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def read_log(path):
    try:
        return [json.loads(line) for line in Path(path).read_bytes().splitlines()]
    except FileNotFoundError:
        return []


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, log, honours_keys, answers_look_up, port):
        super().__init__(("127.0.0.1", port), _Handler)
        self.log, self.honours_keys, self.answers_look_up = log, honours_keys, answers_look_up
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.modes = {}
        self.leaving = threading.Event()
        self.acting = threading.Lock()

    def leave(self):
        self.leaving.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that go away are what this server is for."""

    def act(self, effect):
        """Write the effect down unless the key has one; return the one that counts."""
        with self.acting, open(self.log, "ab", buffering=0) as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            before = [each for each in read_log(self.log) if each["key"] == effect["key"]]
            if before and self.honours_keys:
                return before[0]
            log.write(json.dumps(effect, sort_keys=True).encode("ascii") + b"\n")
            os.fsync(log.fileno())
            return effect


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if not self.server.answers_look_up or not self.path.startswith("/effects/"):
            return self._answer(404, {"error": "no such page"})
        key = unquote(self.path.removeprefix("/effects/"))
        found = [each for each in read_log(self.server.log) if each["key"] == key]
        state = {"state": "done", "stored": found[-1]["stored"]} if found else {"state": "absent"}
        return self._answer(200, {"key": key, **state})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/_modes":
            told = json.loads(raw)
            self.server.modes[told["kind"]] = told
            return self._answer(200, {})
        try:
            body = json.loads(raw)
            kind = body.get("kind", "")
        except (ValueError, AttributeError):
            body, kind = {}, ""
        told = self.server.modes.get(kind) or self.server.modes.get(ANY_KIND) or {"mode": "works"}
        self.server.leaving.wait(told.get("delay_ms", 0) / 1000)
        return self._play(told, kind, body, raw)

    def _play(self, told, kind, body, raw):
        mode = told["mode"]
        if told.get("status"):
            return self._answer(told["status"], {"error": "as told"}, {"Retry-After": "30"})
        if mode == "hangs":
            return self._hang()
        if mode == "refuses":
            return self._answer(422, {"error": "refused"})
        if mode == "redirects":
            return self._answer(307, {}, {"Location": told["location"]})
        if mode == "resets":
            return self._reset()
        payload = body.get("payload")
        stored = {"something": "else"} if mode == "lies" else payload
        effect = self.server.act(
            {
                "key": self.headers.get("idempotency-key", ""),
                "kind": kind,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "raw": raw.decode("utf-8", "replace"),
                "stored": stored,
            }
        )
        if mode == "times out after acting":
            return self._hang()
        if mode == "resets after acting":
            return self._reset()
        if mode == "answers garbage":
            return self._send(200, b'{"ok": tru\xff', {"Content-Type": "application/json"})
        if mode == "cuts short":
            return self._send(200, b'{"ok":', {"Content-Type": "application/json"}, announced=500)
        if mode == "answers hugely":
            return self._send(200, b'{"a": "' + b"x" * (8 << 20) + b'"}', {})
        if mode == "drips":
            return self._drip()
        return self._answer(
            200, {"stored": payload if mode == "lies" else effect["stored"], "reference": "E-1"}
        )

    def _answer(self, status, body, headers=None):
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status, raw, headers, announced=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        bodyless = status in (204, 304)
        if not bodyless:
            self.send_header("Content-Length", str(len(raw) if announced is None else announced))
        self.end_headers()
        if not bodyless:
            self.wfile.write(raw)
        self.close_connection = True

    def _hang(self):
        self.server.leaving.wait(60)
        self.close_connection = True

    def _drip(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.leaving.is_set():
                self.wfile.write(b"x")
                time.sleep(0.02)
        self.close_connection = True

    def _reset(self):
        # Linger of nought: the connection ends with a reset instead of politely.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def main(arguments=None):
    parser = argparse.ArgumentParser(description="A small outside world that counts its effects.")
    parser.add_argument("--log", required=True, type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ignore-keys", action="store_true")
    parser.add_argument("--no-look-up", action="store_true")
    asked = parser.parse_args(arguments)
    server = _Server(asked.log, not asked.ignore_keys, not asked.no_look_up, asked.port)
    print(server.url, flush=True)
    server.serve_forever(0.05)


if __name__ == "__main__":
    main()
