# make demo   an environment, and a proposal for a ready-made cluster
# make test   the same environment with the development packages, and every test
# make help   the rest
#
# Needs Python 3.11 or later and nothing else. Another Python than the first found: make demo PYTHON=python3.12

VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=
BENCHMARK_ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
OUT := build
CREATED := $(VENV)/.created
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

# What decides what is installed; a change here installs anew, anything else is followed from the checkout.
INPUTS := pyproject.toml requirements.lock requirements-dev.lock

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint types wheel check-wheel benchmark profile docs screens lock clean

help:
	@echo 'make demo         make the environment and solve a ready-made cluster'
	@echo 'make test         every test, with coverage         (PYTEST_ARGS="-k words" for some)'
	@echo 'make lint         ruff: rules and layout'
	@echo 'make types        mypy, strict'
	@echo 'make wheel        build the wheel into dist/'
	@echo 'make check-wheel  install the wheel alone into an empty environment and solve with it'
	@echo 'make benchmark    gaps and seconds of every strategy (BENCHMARK_ARGS="--time-limit 30")'
	@echo 'make profile      where the time of a solve goes'
	@echo 'make docs         write the generated documents anew'
	@echo 'make screens      solve again and put the real screen into README and tutorial'
	@echo 'make lock         pin the newest packages (needs uv)'
	@echo 'make clean        remove the environment and everything built'

demo: $(RUNTIME)
	@mkdir -p $(OUT)/demo
	$(BIN)/allocator solve urban -o $(OUT)/demo/proposal.json

test: $(DEVELOPMENT)
	$(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEVELOPMENT)
	$(BIN)/mypy

wheel: $(DEVELOPMENT)
	rm -rf dist
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

check-wheel: wheel
	rm -rf $(OUT)/check-wheel
	$(BIN)/python -m venv $(OUT)/check-wheel
	$(OUT)/check-wheel/bin/python -m pip --quiet --disable-pip-version-check install \
		--constraint requirements.lock dist/*.whl
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && program="$$PWD/$(OUT)/check-wheel/bin/allocator" \
		&& cd "$$folder" && "$$program" --help && "$$program" solve urban --time-limit 5

benchmark: $(RUNTIME)
	$(BIN)/allocator benchmark cluster $(BENCHMARK_ARGS)

profile: $(RUNTIME)
	@mkdir -p $(OUT)/profile
	$(BIN)/python -m cProfile -o $(OUT)/profile/solve.prof -m cli.main solve urban -o $(OUT)/profile/proposal.json
	$(BIN)/python -c 'import pstats; pstats.Stats("$(OUT)/profile/solve.prof").sort_stats("tottime").print_stats(30)'

docs: $(RUNTIME)
	$(BIN)/python -m allocator.io.reference docs
	$(BIN)/python docs/roles_page.py
	$(BIN)/python -m scenarios.schema docs

screens: $(RUNTIME)
	$(BIN)/python docs/screens.py

# The universal lock holds for every platform and every Python from 3.11 on; plain pip installs it.
LOCK := compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --quiet

lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: https://docs.astral.sh/uv/' >&2; exit 1; }
	uv pip $(LOCK) --upgrade --output-file requirements.lock
	uv pip $(LOCK) --upgrade --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) $(OUT) dist .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CREATED):
	@for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo 'Python 3.11 or later is needed and was not found. Install it (https://www.python.org/downloads/),' >&2; \
		echo 'or say where it is: make demo PYTHON=/path/to/python3' >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found cannot make an environment. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version)"; "$$found" -m venv $(VENV)
	@touch $@

# The build backend comes from the lock too, so that nothing unpinned is fetched to install the project itself.
$(RUNTIME): $(CREATED) $(INPUTS)
	@echo 'Installing the packages of requirements.lock'
	@$(PIP) install -r requirements.lock -c requirements-dev.lock hatchling editables
	@$(PIP) install --no-deps --no-build-isolation -e .
	@echo 'Compiling the loops of the search, once'
	@$(BIN)/python -m allocator.solvers.loops
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	@echo 'Installing the packages of requirements-dev.lock'
	@$(PIP) install -r requirements-dev.lock
	@touch $@
