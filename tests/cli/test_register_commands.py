"""`holdshort init` and `holdshort register …` as people type them."""

import json
import subprocess
import sys

import pytest

from holdshort.importers.register_files import read_register
from holdshort.service.init_playbook import init_playbook


def holdshort(*words, cwd=None):
    """Run the command line in a process of its own, as a shell does."""
    return subprocess.run(
        [sys.executable, "-c", "from holdshort.cli.main import main; main()", *map(str, words)],
        capture_output=True, text=True, encoding="utf-8", cwd=cwd, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    folder = tmp_path_factory.mktemp("starter") / "pb"
    init_playbook(folder, "csv")
    return folder


def edited(starter, path, old, new):
    text = (starter / "register.csv").read_text("utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_init_says_what_it_wrote_and_what_to_do_next(tmp_path):
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


def test_init_fills_the_folder_one_stands_in(tmp_path):
    done = holdshort("init", ".", "--format", "yaml", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["register"] == "register.yaml"
    assert holdshort("lint", ".", cwd=tmp_path).returncode == 0


def test_an_exported_register_is_imported_and_found_the_same(starter, tmp_path):
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


def test_an_import_is_a_dry_run_until_it_is_told_to_write(tmp_path):
    init_playbook(tmp_path / "pb", "csv")
    file = edited(tmp_path / "pb", tmp_path / "in.csv", ",high,", ",hold,")
    done = holdshort("register", "import", "pb", "in.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "CO-EDGE-002  Risk tier: high -> hold"
    assert "dry run and nothing was written" in done.stdout
    assert holdshort("register", "diff", "pb", file, cwd=tmp_path).returncode == 1
    done = holdshort("register", "import", "pb", "in.csv", "--write", cwd=tmp_path)
    assert done.returncode == 0
    assert "to undo, put it back under the name register.csv" in done.stdout
    assert holdshort("register", "diff", "pb", file, cwd=tmp_path).returncode == 0
    assert (tmp_path / "pb" / "register.previous.csv").exists()
    assert holdshort("lint", "pb", cwd=tmp_path).returncode == 0


def test_an_import_with_an_error_says_no_and_writes_nothing(starter, tmp_path):
    before = (starter / "register.csv").read_bytes()
    file = edited(starter, tmp_path / "in.csv", "success criteria is missing", "sucess criteria is missing")
    done = holdshort("register", "import", starter, file, "--write")
    assert done.returncode == 1
    assert "error[RULE-012]: no name is called `sucess criteria`" in done.stdout
    assert "did you mean `success criteria`?" in done.stdout
    assert "CO-EDGE-001  would stop running: its cells have errors" in done.stdout
    assert "Nothing was written" in done.stdout
    said = json.loads(holdshort("register", "import", starter, file, "--write", "--json").stdout)
    assert (said["errors"], said["written"], said["previous"]) == (1, False, None)
    assert said["changes"][0]["case"] == said["inactive"][0]["case"] == "CO-EDGE-001"
    assert (starter / "register.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "code"), [(None, 0), ((",high,", ",hold,"), 1)], ids=["the same", "another tier"]
)
def test_diff_answers_by_its_exit_code(starter, tmp_path, change, code):
    file = edited(starter, tmp_path / "b.csv", *(change or ("CO-EDGE-001", "CO-EDGE-001")))
    done = holdshort("register", "diff", starter, file, "--json")
    assert done.returncode == code
    assert [json.loads(line) for line in done.stdout.splitlines()] == (
        [{"change": "cell", "case": "CO-EDGE-002", "column": "Risk tier", "before": "high", "after": "hold"}]
        if change
        else []
    )


def test_diff_of_something_unreadable_ends_with_2_and_says_why(starter, tmp_path):
    done = holdshort("register", "diff", starter, tmp_path / "nothing.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[FILE-001]" in done.stderr
    assert holdshort("register", "diff", starter).returncode == 2
