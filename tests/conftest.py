"""
Every run leaves `.pytest-conformance.json`: which test ran, which requirement codes it shows, how it ended.

`tools/conformance.py` makes docs/reference/conformance.md from it. A run of everything replaces the file; a run
of a few tests brings only those up to date. Under pytest-xdist the workers attach the codes, the controller writes.
"""

import json
import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every ordinary run, so that a change is what makes a test fail; the torture run draws new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
if not os.environ.get("HOLDSHORT_TORTURE"):
    settings.load_profile("steady")

RESULTS = ".pytest-conformance.json"
SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder ../shared/data; a test that asks for it is skipped where the folder is not at hand."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data")
    return SHARED_DATA


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), "conformance-recorder")


def pytest_collection_modifyitems(items):
    for item in items:
        facts = {
            "codes": sorted({str(code) for mark in item.iter_markers("shows") for code in mark.args}),
            "needs_shared_data": _needs_shared_data(item),
            "always_skipped": any(not _is_empty_set(mark) for mark in item.iter_markers("skip")),
        }
        item.user_properties.append(("conformance", facts))


class Recorder:
    """Hears every report of a run, its workers' included, and writes them down at the end."""

    def __init__(self, config):
        self.config = config
        self.tests = {}
        self.broken = False

    def pytest_collectreport(self, report):
        self.broken = self.broken or report.failed

    def pytest_runtest_logreport(self, report):
        facts = dict(report.user_properties).get("conformance")
        if facts is None:
            return
        test = self.tests.setdefault(report.nodeid, {**facts, "outcome": "passed"})
        if report.failed:
            test["outcome"] = "failed"
        elif report.skipped and test["outcome"] == "passed":
            test.update(outcome="skipped", reason=_why(report))

    def pytest_sessionfinish(self, session, exitstatus):
        cut_short = self.broken or session.shouldstop or session.shouldfail or int(exitstatus) not in (0, 1)
        if self.tests and not self.config.option.collectonly:
            whole = _asked_for_everything(self.config) and not cut_short
            _write(self.config.rootpath / RESULTS, self.tests, whole)


def _needs_shared_data(item):
    if "shared_data" in getattr(item, "fixturenames", ()):
        return True
    return any("shared" in str(mark.kwargs.get("reason", "")) for mark in item.iter_markers("skipif"))


def _is_empty_set(mark):
    return str(mark.kwargs.get("reason", "")).startswith("got empty parameter set")


def _why(report):
    if hasattr(report, "wasxfail"):
        return "expected to fail"
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return why.removeprefix("Skipped: ")


def _asked_for_everything(config):
    options = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise")
    narrowed = any(getattr(config.option, name, None) for name in options)
    return config.args_source is config.ArgsSource.TESTPATHS and not narrowed


def _write(path, tests, whole):
    if not whole:
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
            tests, whole = {**before["tests"], **tests}, before["complete"]
        except (OSError, ValueError, KeyError):
            pass
    found = {
        "complete": whole,
        "shared_data": SHARED_DATA.is_dir(),
        "tests": {name: tests[name] for name in sorted(tests)},
    }
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)
