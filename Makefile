# Every target stands on its own: it makes the environment it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lock conformance bench torture clean

demo: $(VENV)/.run
	$(BIN)/holdshort demo

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2
	$(BIN)/python tools/conformance.py --check

# Pages that are made from the code: error codes, and which test shows which requirement (after `make test`).
conformance: $(VENV)/.dev
	$(BIN)/python tools/error_codes.py
	$(BIN)/python tools/conformance.py

bench: $(VENV)/.dev
	$(PYTHON) -m venv bench/.venv
	bench/.venv/bin/pip install -q -e . -r bench/requirements.txt
	bench/.venv/bin/python -m bench

torture: $(VENV)/.dev
	HOLDSHORT_TORTURE=1 $(BIN)/python -m pytest -n 2

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/.run

# Writes the hash-pinned lock of the development environment anew.
lock: $(VENV)/.dev
	$(BIN)/pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip compile -q pyproject.toml --group dev --all-extras --generate-hashes --python-version 3.11 --universal --no-header --no-annotate -o requirements/dev.txt

clean:
	rm -rf $(VENV) bench/.venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
