"""`holdshort serve`: pages on this machine alone, the worker beside them, a clear word where it cannot."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.houses import empty_house, house, published_house  # noqa: F401 (fixtures)

COMMAND = [sys.executable, "-c", "from holdshort.cli.main import main; main()"]
_PATIENCE_S = 90


@pytest.fixture
def served(house):
    """The house behind its pages: the process and its address."""
    process = subprocess.Popen(
        [*COMMAND, "serve", str(house.folder), "--port", "0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = json.loads(process.stdout.readline())
    yield process, said["address"]
    if process.poll() is None:
        process.kill()
        process.wait()


def get(address):
    with urllib.request.urlopen(address, timeout=_PATIENCE_S) as answer:
        return answer.status, dict(answer.headers), answer.read()


@pytest.mark.keeps("S8")
def test_it_shows_pages_carries_out_what_was_released_and_ends_cleanly(house, served):
    process, address = served
    assert address.startswith("http://127.0.0.1:")
    status, headers, page = get(f"{address}/")
    assert status == 200
    assert b"Sign in to Holdshort" in page
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    status, headers, sheet = get(f"{address}/static/holdshort.css")
    assert status == 200
    assert headers["Content-Type"].startswith("text/css")
    assert b"--paper" in sheet

    house.take_in(house.record())
    until = time.monotonic() + _PATIENCE_S
    while len(house.outbox) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    assert house.outbox == ["1-a1-create_project.json", "1-a2-create_kickoff_tasks.json"]

    log = house.folder / ".holdshort" / "access.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert json.loads(log.read_text().splitlines()[0])["access"] == "denied"

    process.send_signal(signal.SIGTERM)
    assert process.wait(_PATIENCE_S) == 0
    assert "Traceback" not in process.stderr.read()


def test_a_taken_port_is_said_plainly(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = house.run("serve", "--port", port)
    assert refused.code == 1
    assert "WEB-002" in refused.err
    assert f"port {port} of 127.0.0.1 is taken" in refused.said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--demo", "--host", "0.0.0.0"], "this machine alone"),
        (["--demo", "--origin", "https://x.example"], "this machine alone"),
        (["--host", "0.0.0.0"], "--origin"),
        (["--origin", "http://holdshort.example"], "has to be https"),
        (["--origin", "https://holdshort.example/path"], "without a path"),
        (["--dir", "somewhere"], "--demo"),
    ],
)
def test_what_would_let_others_in_unprotected_is_wrong_usage(house, words, why):
    refused = house.run("serve", *words, "--port", "0")
    assert refused.code == 2
    assert why in refused.said


def test_the_demo_does_not_touch_a_folder_that_is_something_else(tmp_path, house):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    refused = house.run("serve", "--demo", "--dir", folder, "--port", "0")
    assert refused.code == 2
    assert "WEB-001" in refused.said
    assert os.listdir(folder) == ["letter.txt"]
