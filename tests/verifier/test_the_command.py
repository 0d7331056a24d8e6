"""The one file, run as an auditor runs it: by Python alone, with answers for people and for programs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from holdshort.verifier import verify_audit
from tests.verifier.logs import Copy, Log, random_log

FILE = Path(verify_audit.__file__)


def run(*arguments, file=FILE):
    """Without site-packages, so that nothing but the standard library is there."""
    command = [sys.executable, "-I", "-S", str(file), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)  # noqa: S603
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def copy():
    return Copy(*random_log(11))


def test_it_is_one_file_of_the_standard_library_for_python_3_9():
    tree = ast.parse(FILE.read_text("utf-8"), feature_version=(3, 9))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
            assert node.level == 0
    assert {each.partition(".")[0] for each in imported} <= sys.stdlib_module_names


def test_a_sound_export_ends_with_0_and_says_what_was_read(copy, tmp_path):
    code, out, _ = run(copy.write(tmp_path))
    assert code == 0
    assert out.endswith("No problem found.\n")
    assert f"{len(copy.events)} events of " in out


def test_without_arguments_it_reads_the_folder_in_which_it_lies(copy, tmp_path):
    folder = copy.write(tmp_path)
    (folder / "verify_audit.py").write_bytes(FILE.read_bytes())
    assert run(file=folder / "verify_audit.py")[0] == 0


def test_a_tampered_export_ends_with_1_and_names_the_place(copy, tmp_path):
    del copy.events[3]
    code, out, _ = run(copy.write(tmp_path))
    assert code == 1
    assert "PROBLEM [gap] onboarding " in out
    assert "events.jsonl line 4" in out
    assert "problem" in out.splitlines()[-1]


def test_programs_get_json(copy, tmp_path):
    code, out, _ = run(copy.write(tmp_path), "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["ok"] is True
    assert answer["events"] == len(copy.events)
    assert answer["not_anchored"] > 0
    del copy.events[3]
    code, out, _ = run(copy.write(tmp_path), "--json")
    answer = json.loads(out)
    assert (code, answer["ok"], answer["problems"][0]["code"]) == (1, False, "gap")
    assert answer["problems"][0]["line"] == 4


@pytest.mark.parametrize("name", ["events.jsonl", "checkpoints.jsonl", "public-key.txt"])
def test_an_export_without_one_of_its_files_ends_with_2(copy, name, tmp_path):
    folder = copy.write(tmp_path)
    (folder / name).unlink()
    code, out, err = run(folder)
    assert (code, out) == (2, "")
    assert name in err
    code, out, _ = run(folder, "--json")
    assert code == 2
    assert json.loads(out)["ok"] is False


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "A" * 64, "\udcff"])
def test_a_key_that_is_none_ends_with_2(copy, text, tmp_path):
    folder = copy.write(tmp_path)
    (folder / "public-key.txt").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert run(folder)[0] == 2


def test_a_key_and_an_anchor_of_ones_own_come_before_those_in_the_folder(copy, tmp_path):
    own = tmp_path / "own.jsonl"
    own.write_bytes(b"".join(each + b"\n" for each in copy.anchor))
    copy.anchor = copy.anchor[:1]
    key, copy.key = copy.key.decode(), b"0" * 64
    folder = copy.write(tmp_path / "export")
    assert run(folder)[0] == 1
    code, out, _ = run(folder, "--public-key", key, "--anchor", own)
    assert code == 0
    assert "came with the export" not in out
    (tmp_path / "key.txt").write_text(key + "\n")
    assert run(folder, "--public-key", tmp_path / "key.txt", "--anchor", own)[0] == 0
    assert run(folder, "--public-key", key, "--anchor", tmp_path / "none.jsonl")[0] == 2


def test_nothing_in_a_log_can_steer_the_terminal(tmp_path):
    log = Log(1)
    log.append(1, "RunStarted", {"action": "\x1b[2J\u202e" * 50, "attempt": 1}, actor="\x1b]0;owned\x07")
    copy = Copy(log, [])
    copy.checkpoints.append(json.dumps({"no": 1, "\x1b[2J": 2}).encode())
    code, out, err = run(copy.write(tmp_path))
    assert code == 1
    assert all(each.isprintable() or each == "\n" for each in out + err)
    assert out.isascii()


def test_a_long_list_of_problems_is_cut_for_people_and_whole_for_programs(tmp_path):
    log = Log(1)
    for _ in range(300):
        log.append(1, "RunSucceeded", {"action": 1, "attempt": 1})
    folder = Copy(log, []).write(tmp_path)
    _, out, _ = run(folder)
    assert "... and 100 more" in out
    assert len(json.loads(run(folder, "--json")[1])["problems"]) == 300
