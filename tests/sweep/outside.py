"""
The outside world of the sweeps: a process of its own that does what it is asked, counts, and outlives whoever asked.

It shares no code with the product. `kill_after` has it kill the asker after the effect and before the reply.
"""

import json
import os
import signal
import socket
from pathlib import Path


class Outside:
    """Started by a fork; asked over a Unix socket, one line of JSON each way and one connection for each question."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "outside.sock")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self.path)
        listening.listen(64)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                _serve(listening)
            finally:
                os._exit(0)
        listening.close()

    def ask(self, **question):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.path)
            line.sendall(json.dumps(question).encode() + b"\n")
            return json.loads(line.makefile("rb").readline())

    def effects(self, onboarding=None):
        """Oldest first: key, kind, release, onboarding, payload."""
        return self.ask(what="effects", onboarding=onboarding)

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _serve(listening):
    effects = []
    while True:
        line, _ = listening.accept()
        with line:
            asked = line.makefile("rb").readline()
            if not asked:
                continue
            question = json.loads(asked)
            match question["what"]:
                case "perform":
                    order = question["order"]
                    known = [each for each in effects if each["key"] == order["key"]]
                    if not (known and question["honours_keys"]):
                        effects.append(order)
                    if question["kill"]:
                        os.kill(question["kill"], signal.SIGKILL)
                    answer = {}
                case "look up":
                    answer = [each for each in effects if each["key"] == question["key"]]
                case _:
                    wanted = question["onboarding"]
                    answer = [each for each in effects if wanted in (None, each["onboarding"])]
            try:
                line.sendall(json.dumps(answer).encode() + b"\n")
            except OSError:  # it was killed, as wished
                continue
