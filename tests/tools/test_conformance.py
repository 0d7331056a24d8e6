"""The map of requirements can fail: each way it can be wrong is planted here, in a small project of its own."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("holdshort_conformance", ROOT / "tools/conformance.py")
conformance = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = conformance
_spec.loader.exec_module(conformance)

REQUIREMENTS = """
groups:
  "A":
    title: Letters
    codes:
      A1: {text: first}
      A2: {text: second, lives: src/second.py}
  "C":
    title: Lists
    lists:
      C1:
        title: Colours
        texts: [red, green]
"""
TESTS = """
import pytest
from pathlib import Path

pytestmark = pytest.mark.shows("A1")

@pytest.mark.shows("C1.1")
class TestColours:
    @pytest.mark.parametrize("colour", ["red", pytest.param("green", marks=pytest.mark.shows("C1.2"))])
    def test_a_colour_is_known(self, colour):
        assert colour

@pytest.mark.shows("A2")
def test_reads_the_shared_data(shared_data):
    assert shared_data.is_dir()
"""


@pytest.fixture
def project(tmp_path):
    """A project with two letters, whose tests show every code; the data folder is beside it."""
    root = tmp_path / "project"
    for path, text in {
        "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\nmarkers = ["shows(*codes): codes"]\n',
        "docs/reference/requirements.yaml": REQUIREMENTS,
        "src/second.py": "",
        "tests/test_letters.py": TESTS,
        "tests/conftest.py": (ROOT / "tests/conftest.py").read_text(encoding="utf-8"),
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    (tmp_path / "shared/data").mkdir(parents=True)
    return root


def run_tests(root, *arguments):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    clean["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=root, env=clean, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr


def results_of(root):
    return json.loads((root / conformance.RESULTS).read_text(encoding="utf-8"))


def plant(root, name, **facts):
    """Add a test to what the last run found, and to the source."""
    found = results_of(root)
    usual = {"codes": [], "outcome": "passed", "needs_shared_data": False, "always_skipped": False}
    found["tests"][f"tests/test_planted.py::{name}"] = usual | facts
    (root / conformance.RESULTS).write_text(json.dumps(found), encoding="utf-8")
    (root / "tests/test_planted.py").write_text(f"def {name}(): ...\n", encoding="utf-8")


def write(root):
    assert conformance.main(["--root", str(root)]) == 0


def check(root, capsys):
    capsys.readouterr()
    code = conformance.main(["--root", str(root), "--check"])
    return code, capsys.readouterr().err


def test_every_code_of_the_lists_has_its_words():
    titles, requirements = conformance.read_requirements(ROOT)
    codes = [requirement.code for requirement in requirements]
    assert "".join(titles) == "PBRCDEFGHIJKLNOMVW"
    assert len(set(codes)) == len(codes) == 300
    assert all(requirement.text.strip() for requirement in requirements)


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "two workers"])
def test_a_run_records_marks_of_modules_classes_functions_and_parameters(project, workers):
    run_tests(project, *workers)
    found = results_of(project)
    codes = {
        name.split("::", 1)[1]: (test["codes"], test["outcome"]) for name, test in found["tests"].items()
    }
    assert found["complete"]
    assert found["shared_data"]
    assert codes == {
        "TestColours::test_a_colour_is_known[green]": (["A1", "C1.1", "C1.2"], "passed"),
        "TestColours::test_a_colour_is_known[red]": (["A1", "C1.1"], "passed"),
        "test_reads_the_shared_data": (["A1", "A2"], "passed"),
    }


def test_the_page_names_tests_and_states_and_the_check_accepts_it(project, capsys):
    run_tests(project)
    write(project)
    page = (project / conformance.PAGE).read_text(encoding="utf-8")
    tests = "../../tests/test_letters.py"
    assert (
        f"| A1 | first |  | [TestColours::test_a_colour_is_known]({tests})"
        f"<br>[test_reads_the_shared_data]({tests}) | shown |\n"
        "| A2 | second | [src/second.py](../../src/second.py) "
        f"| [test_reads_the_shared_data]({tests}) | shown here only with ../shared data |\n"
    ) in page
    assert "| [A](#a) Letters | 2 | 1 | 0 | 1 | 0 |" in page
    assert "a map, not a score" in page
    assert check(project, capsys) == (0, "")
    write(project)
    assert (project / conformance.PAGE).read_text(encoding="utf-8") == page


def test_absent_shared_data_do_not_make_the_page_stale(project, capsys):
    found_in_data = """
        from pathlib import Path
        import pytest
        DATA = Path(__file__).parents[2] / "shared/data"
        if not DATA.exists():
            pytest.skip("needs ../shared/data", allow_module_level=True)

        @pytest.mark.shows("C1.2")
        def test_a_case_of_the_data(): ...
    """.replace("\n        ", "\n")
    (project / "tests/test_data.py").write_text(found_in_data, encoding="utf-8")
    run_tests(project)
    write(project)
    (project.parent / "shared/data").rmdir()
    run_tests(project)
    assert not results_of(project)["shared_data"]
    assert check(project, capsys) == (0, "")

    (project / "tests/test_data.py").unlink()
    run_tests(project)
    code, said = check(project, capsys)
    assert code == 1
    assert "is not what would be written now" in said


def test_a_run_of_a_few_tests_brings_only_those_up_to_date(project):
    run_tests(project)
    letters = project / "tests/test_letters.py"
    letters.write_text(TESTS.replace("assert colour\n", "assert colour == 'red'\n"), encoding="utf-8")
    run_tests(project, "-k", "colour")
    found = results_of(project)
    assert found["complete"]
    assert [test["outcome"] for test in found["tests"].values()] == ["failed", "passed", "passed"]


def test_results_that_are_absent_or_partial_are_refused_with_the_way_to_make_them(project, capsys):
    code, said = check(project, capsys)
    assert code == 1
    assert f"{conformance.RESULTS} is not there" in said
    assert "make test" in said
    run_tests(project, "tests/test_letters.py")
    code, said = check(project, capsys)
    assert code == 1
    assert "a run of some tests only" in said
    assert "make test" in said


def test_everything_wrong_is_said_at_once(project, capsys):
    run_tests(project)
    write(project)
    requirements = REQUIREMENTS.replace(
        "{text: first}",
        "{text: first, lives: [src/gone.py], artefact: docs/gone.png, test: 'tests/test_x.py::test_gone'}",
    )
    (project / conformance.REQUIREMENTS).write_text(requirements, encoding="utf-8")
    plant(project, "test_unknown", codes=["C1", "B9"])
    code, said = check(project, capsys)
    assert code == 1
    assert (
        "shows `C1`, which docs/reference/requirements.yaml does not have: name the entries, C1.1 to C1.2"
        in said
    )
    assert "shows `B9`" in said
    assert "A1: lives `src/gone.py` does not exist" in said
    assert "A1: artefact `docs/gone.png` does not exist" in said
    assert "A1: test `tests/test_x.py::test_gone` does not exist" in said
    assert f"{conformance.PAGE} is not what would be written now" in said


def test_a_stale_page_is_refused_and_shows_what_changed(project, capsys):
    run_tests(project)
    write(project)
    page = project / conformance.PAGE
    page.write_text(page.read_text(encoding="utf-8").replace("| first |", "| erste |"), encoding="utf-8")
    code, said = check(project, capsys)
    assert code == 1
    assert "make conformance" in said
    assert "-| A1 | erste |" in said
    page.unlink()
    assert "is not there" in check(project, capsys)[1]


@pytest.mark.parametrize("data_here", [True, False])
def test_a_code_shown_only_by_always_skipped_tests_is_refused(project, capsys, data_here):
    skipped = TESTS.replace(
        '@pytest.mark.shows("A2")', '@pytest.mark.skip(reason="later")\n@pytest.mark.shows("A2")'
    )
    (project / "tests/test_letters.py").write_text(skipped, encoding="utf-8")
    if not data_here:
        (project.parent / "shared/data").rmdir()
    run_tests(project)
    write(project)
    code, said = check(project, capsys)
    assert code == 1
    assert (
        "A2: shown only by tests that are always skipped: tests/test_letters.py::test_reads_the_shared_data"
        in said
    )
    assert "later" in said


@pytest.mark.parametrize("way", ["pytest.skip('needs an engine')", "pytest.xfail('not built')"])
def test_a_skip_inside_the_test_shows_nothing_while_the_data_are_here(project, capsys, way):
    skipped = TESTS.replace("assert shared_data.is_dir()", way)
    (project / "tests/test_letters.py").write_text(skipped, encoding="utf-8")
    run_tests(project)
    write(project)
    assert "A2: shown only by tests that are always skipped" in check(project, capsys)[1]


def test_a_failed_test_shows_nothing_and_is_named(project, capsys):
    run_tests(project)
    (project / conformance.REQUIREMENTS).write_text(
        REQUIREMENTS.replace("A1: {text: first}", "A1: {text: first}\n      A3: {text: third}"),
        encoding="utf-8",
    )
    plant(project, "test_third", codes=["A3"], outcome="failed")
    write(project)
    assert "test_third](../../tests/test_planted.py) | not yet |" in (project / conformance.PAGE).read_text(
        "utf-8"
    )
    assert "test_third: claims A3 and failed" in check(project, capsys)[1]


def test_a_test_that_has_gone_from_the_source_is_named(project, capsys):
    run_tests(project)
    plant(project, "test_first", codes=["A1"])
    (project / "tests/test_planted.py").unlink()
    write(project)
    assert (
        "test_first: is in .pytest-conformance.json but no longer in the source" in check(project, capsys)[1]
    )


def test_a_reviewed_page_counts_as_such_and_a_group_lends_its_place(project, capsys):
    run_tests(project)
    requirements = REQUIREMENTS.replace("title: Letters", "title: Letters\n    lives: src").replace(
        "A1: {text: first}",
        "A1: {text: first}\n      A3: {text: third, artefact: docs/reference/requirements.yaml}",
    )
    (project / conformance.REQUIREMENTS).write_text(requirements, encoding="utf-8")
    write(project)
    page = (project / conformance.PAGE).read_text(encoding="utf-8")
    named = "[requirements.yaml](../../docs/reference/requirements.yaml)"
    assert f"| A3 | third | [src](../../src) | {named} | shown by a reviewed page |" in page
    assert check(project, capsys) == (0, "")
