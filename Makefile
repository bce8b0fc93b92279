# Every target makes `.venv` by itself; Python 3.11 or newer and make are all that a machine needs.
# `make test WORKERS=4` runs the tests in four processes; the default is one more than there are cores, for tests wait.
# The slow proofs load the machine by themselves: one process per core.

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
FULL_WORKERS ?= auto
PYTEST_ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help demo up test test-full test-matrix bench lint types arrows schemas chromium clean

help:
	@echo "make demo       plays the scenes on a fresh embedded stack and exits"
	@echo "make up         starts the embedded stack: Temporal, simulators, worker, gateway, console"
	@echo "make test       lint, types, arrows and the tests"
	@echo "make test-full  the slow proofs: fault matrix, kills, concurrency"
	@echo "make test-matrix  each fault at each call of each process, and kills; an hour and more"
	@echo "make bench      the yardsticks"
	@echo "make lint | types | arrows | schemas | clean"

$(VENV)/.installed: pyproject.toml constraints.txt .ci/venv
	@.ci/venv $(VENV) ".[embedded,dev]"
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed
	@.ci/venv $(VENV) ".[embedded,dev,bench]"
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/handrail demo

up: $(VENV)/.installed
	@$(BIN)/handrail up

test: lint types arrows chromium
	$(BIN)/python -m pytest -n $(WORKERS) -m "not full and not matrix" $(PYTEST_ARGS)

test-full: $(VENV)/.installed chromium
	$(BIN)/python -m pytest -n $(FULL_WORKERS) -m full $(PYTEST_ARGS)

test-matrix: $(VENV)/.installed
	$(BIN)/python -m pytest -n $(FULL_WORKERS) -m matrix tests/full $(PYTEST_ARGS)

bench: $(VENV)/.installed-bench
	@$(BIN)/python -m bench

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

arrows: $(VENV)/.installed
	$(BIN)/lint-imports

schemas: $(VENV)/.installed
	$(BIN)/handrail schemas docs/schemas

chromium: $(VENV)/.installed
	@.ci/chromium

# `.handrail` is the state of `make up` and stays; remove it yourself when you mean it.
clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
