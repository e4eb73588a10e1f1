# Two commands do everything: `make demo` and `make test`. Only Python 3.11 and Go are needed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXAMPLES := .venv-examples

.PHONY: setup demo demo-down test check soak bench clean

setup: $(READY) $(EXAMPLES)/.ready

$(READY): requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(EXAMPLES)/.ready: requirements-examples.txt
	$(PYTHON) -m venv $(EXAMPLES)
	$(EXAMPLES)/bin/pip install --quiet --disable-pip-version-check -r requirements-examples.txt
	touch $@

demo: $(READY) ## preview, then bring the sandbox up on a rehearsal cluster, and leave it running
	$(BIN)/python -m rehearsal preview sandbox
	$(BIN)/python -m rehearsal up sandbox
	@echo "next: make demo-down takes it down; $(BIN)/python -m rehearsal status sandbox shows it;"
	@echo "      $(BIN)/python -m ops credentials sandbox --show prints the admin's password"

demo-down: $(READY) ## destroy the sandbox and prove that nothing is left
	$(BIN)/python -m rehearsal destroy sandbox

test: setup ## unit tests and rehearsal tests
	$(BIN)/pytest

check: setup ## what CI runs: format, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict .
	$(BIN)/pytest

soak: $(READY) ## one pass on 20 slow clusters, each late in an order of its own
	$(BIN)/pytest tests/e2e/test_slow_cluster.py --slow-seeds 20 --timeout 3600

bench: $(READY) ## the figures of docs/benchmarks.md
	$(BIN)/python -m bench.speed

clean: ## remove what `setup` made
	rm -rf $(VENV) $(EXAMPLES)
