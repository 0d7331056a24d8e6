"""`holdshort init` and `holdshort register …` as people type them."""

import json
import shutil
import sys
from dataclasses import replace
from importlib.resources import files
from types import SimpleNamespace

import pytest

from holdshort.cli.main import main
from holdshort.importers.register_files import read_register, write_register


@pytest.fixture
def holdshort(monkeypatch, capsys):
    """Type a command; what comes back has `returncode`, `stdout` and `stderr`."""

    def type_it(*words, cwd=None):
        monkeypatch.setattr(sys, "argv", ["holdshort", *map(str, words)])
        if cwd:
            monkeypatch.chdir(cwd)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code, stdout=said.out, stderr=said.err)

    return type_it


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    """The starter playbook with its first rows only: the whole takes a second to read."""
    folder = tmp_path_factory.mktemp("starter") / "pb"
    source = files("holdshort") / "starter"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("register.*"))
    table, _ = read_register(source / "register.yaml")
    write_register(folder / "register.csv", replace(table, rows=table.rows[:7]))
    return folder


def edited(starter, path, old, new):
    text = (starter / "register.csv").read_text("utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_init_says_what_it_wrote_and_what_to_do_next(holdshort, tmp_path):
    done = holdshort("init", "my playbook", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for name in (
        "playbook.toml",
        "clean-path.yaml",
        "glossary.yaml",
        "actions.yaml",
        "register.xlsx",
        "records/",
        "messages/",
    ):
        assert f"  {name} " in done.stdout
        assert (tmp_path / "my playbook" / name).exists()
    for word in ("lint", "run", "explain", "test"):
        assert f"holdshort {word} 'my playbook'" in done.stdout
    again = holdshort("init", "my playbook", cwd=tmp_path)
    assert again.returncode == 2
    assert "error[INIT-001]: the folder `my playbook` is not empty" in again.stderr
    assert "Traceback" not in again.stderr


def test_init_fills_the_folder_one_stands_in(holdshort, tmp_path):
    done = holdshort("init", ".", "--format", "yaml", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["register"] == "register.yaml"
    assert holdshort("lint", ".", cwd=tmp_path).returncode == 0


def test_an_exported_register_is_imported_and_found_the_same(holdshort, starter, tmp_path):
    out = tmp_path / "out.xlsx"
    assert holdshort("register", "export", starter, out).returncode == 0
    assert holdshort("register", "diff", starter, out).returncode == 0
    done = holdshort("register", "import", starter, out, "--write")
    assert done.returncode == 0
    assert "Nothing to write" in done.stdout
    assert holdshort("register", "export", starter, out).returncode == 2
    assert (
        holdshort("register", "export", starter, out, "--force", "--form", "short", "--json").returncode == 0
    )
    assert read_register(out)[0].form == "short"


def test_an_import_is_a_dry_run_until_it_is_told_to_write(holdshort, starter, tmp_path):
    shutil.copytree(starter, tmp_path / "pb")
    file = edited(tmp_path / "pb", tmp_path / "in.csv", ",high,", ",medium,")
    done = holdshort("register", "import", "pb", "in.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "CO-EDGE-002  Risk tier: high -> medium"
    assert "dry run and nothing was written" in done.stdout
    assert holdshort("register", "diff", "pb", file, cwd=tmp_path).returncode == 1
    done = holdshort("register", "import", "pb", "in.csv", "--write", cwd=tmp_path)
    assert done.returncode == 0
    assert "to undo, put it back under the name register.csv" in done.stdout
    assert holdshort("register", "diff", "pb", file, cwd=tmp_path).returncode == 0
    assert (tmp_path / "pb" / "register.previous.csv").exists()
    assert holdshort("lint", "pb", cwd=tmp_path).returncode == 0


def test_an_import_with_an_error_says_no_and_writes_nothing(holdshort, starter, tmp_path):
    before = (starter / "register.csv").read_bytes()
    file = edited(starter, tmp_path / "in.csv", "success criteria is missing", "sucess criteria is missing")
    done = holdshort("register", "import", starter, file, "--write")
    assert done.returncode == 1
    assert "error[RULE-012]: no name is called `sucess criteria`" in done.stdout
    assert "did you mean `success criteria`?" in done.stdout
    assert "CO-EDGE-001  would stop running: its cells have errors" in done.stdout
    assert "Nothing is written" in done.stdout
    said = json.loads(holdshort("register", "import", starter, file, "--write", "--json").stdout)
    assert (said["errors"], said["written"], said["previous"]) == (1, False, None)
    assert said["changes"][0]["case"] == said["inactive"][0]["case"] == "CO-EDGE-001"
    assert (starter / "register.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "code"), [(None, 0), ((",high,", ",medium,"), 1)], ids=["the same", "another tier"]
)
def test_diff_answers_by_its_exit_code(holdshort, starter, tmp_path, change, code):
    file = edited(starter, tmp_path / "b.csv", *(change or ("CO-EDGE-001", "CO-EDGE-001")))
    done = holdshort("register", "diff", starter, file, "--json")
    assert done.returncode == code
    assert [json.loads(line) for line in done.stdout.splitlines()] == (
        [
            {
                "change": "cell",
                "case": "CO-EDGE-002",
                "column": "Risk tier",
                "before": "high",
                "after": "medium",
            }
        ]
        if change
        else []
    )


def test_diff_of_something_unreadable_ends_with_2_and_says_why(holdshort, starter, tmp_path):
    done = holdshort("register", "diff", starter, tmp_path / "nothing.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[FILE-001]" in done.stderr
    assert holdshort("register", "diff", starter).returncode == 2
