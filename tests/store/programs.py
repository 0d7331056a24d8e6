"""Programs of their own on one database: they race, and they can be killed. `python -m tests.store.programs` is one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

EVERY_S = 0.004
ROOT = Path(__file__).resolve().parents[2]


class Programs:
    """Several programs that open one store and do what they are told, each line of JSON at once."""

    def __init__(self, place, count: int) -> None:
        self._running = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.store.programs", place.url, str(place.keys), str(no)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
            )
            for no in range(count)
        ]  # fmt: skip

    def __enter__(self) -> "Programs":
        for one in self._running:
            assert one.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._running:
            one.stdin.close()
            one.wait(timeout=60)
            one.stdout.close()

    def race(self, what: str, rounds: int, **named: object) -> list[tuple[str, ...]]:
        """What every program made of each round, in the order of the programs."""
        at = time.time() + 0.2
        for one in self._running:
            one.stdin.write(json.dumps({"do": what, "rounds": rounds, "at": at, **named}) + "\n")
            one.stdin.flush()
        answers = [json.loads(one.stdout.readline()) for one in self._running]
        return list(zip(*answers, strict=True))

    def start(self, what: str, acknowledged: Path, **named: object) -> int:
        """Let the first program fork one that acts until it is killed; its process id."""
        one = self._running[0]
        one.stdin.write(json.dumps({"do": what, "acknowledged": str(acknowledged), **named}) + "\n")
        one.stdin.flush()
        return int(one.stdout.readline())


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():  # its parent reaps it
        time.sleep(0.001)


# --- within a program ---


def main() -> None:
    from holdshort.store.open import open_store

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    url, keys, me = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    store = open_store(url, keys)
    print("ready", flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        if "acknowledged" in task:
            store.close()
            pid = os.fork()
            if pid == 0:
                _act_until_killed(store, task)
            print(pid, flush=True)
        else:
            print(json.dumps([_continue(store, task, no, me) for no in range(task["rounds"])]), flush=True)


def _continue(store, task: dict, no: int, me: int) -> str:
    """At the round's own moment, which all programs know, try to be the first after the round before."""
    from holdshort.ports import Conflict, Rows
    from tests.store.kinds import event, row

    number = task["number"]
    time.sleep(max(0.0, task["at"] + no * EVERY_S - time.time()))
    try:
        with store.transaction() as tx:
            tx.append(number, no + 1, [event(no=no, by=me)], Rows(row(number, "A")))
    except Conflict:
        return "Conflict"
    return "won"


def _act_until_killed(store, task: dict) -> None:
    """Acts of three events and rows each; the version is acknowledged after each commit."""
    from tests.store.kinds import action, event, grown, review

    number = task["number"]
    out = os.open(task["acknowledged"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        version = len(store.history(number))
        while True:
            version += 3
            grown(
                store, number, event(at_version=version), event(private={"version": version}), event(),
                reviews=[review(number, version)], actions=[action(number, 1, attempt=version)], stage=f"v{version}",
            )  # fmt: skip
            os.write(out, f"{version}\n".encode())
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
