# Everything a fresh clone needs is Python 3.11 or later and make: the first target that needs one builds
# a private environment in .venv, and a stamp file for each set of packages makes the second call quick.

PYTHON ?= python3
VENV   ?= .venv
WORKERS ?= 2
BIN    := $(VENV)/bin
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# The tests in a real browser need a driver only where there is a browser to drive.
comma := ,
TEST_EXTRAS := test$(if $(CHROMIUM),$(comma)browser)
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q
DATA   := $(wildcard ../shared/data)
ifdef DATA
export KERASNB_DATA ?= $(abspath $(DATA))
endif

.PHONY: coverage coverage-readers fuzz audit mutation
.PHONY: help quickstart notebooks test test-slow test-browser lint format bench lab labextension doctor docs clean

help:
	@echo "make quickstart   train the front-page network on handwritten digits, in a notebook"
	@echo "make lab          open JupyterLab on the notebooks"
	@echo "make test         run the tests (those in a browser too, where there is a Chromium)"
	@echo "make notebooks    run all notebooks whole and hold them to their figures (NAMES=\"00 01\" for some)"
	@echo "make lint         ruff and the type checker"
	@echo "make bench        time kerasnb against a hand-written JAX loop (and peers: REFERENCE=PYTHON)"
	@echo "make docs         build the documentation site, notebooks executed (FAST=1 on few rows and epochs)"
	@echo "make labextension build what kerasnb adds to JupyterLab (needs node and npm; the result is committed)"
	@echo "make clean        remove the environment and everything made"

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "kerasnb needs Python 3.11 or later; '$(PYTHON)' is" \
	    "$$($(PYTHON) --version 2>/dev/null || echo 'not there')."; \
	  echo "Say which one to use:  make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments (on Debian and Ubuntu: apt install python3-venv)."; \
	  exit 1; }
	@echo "making a private environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# One stamp per set of extras; a change of pyproject.toml installs anew.
$(VENV)/.base: $(VENV)/.made pyproject.toml
	@echo "installing kerasnb and what it needs (once)"
	@$(PIP) install -e .
	@touch $@

$(VENV)/.$(TEST_EXTRAS): $(VENV)/.base
	@echo "installing what the tests need (once)"
	@$(PIP) install -e '.[$(TEST_EXTRAS)]'
	@touch $@

$(VENV)/.docs: $(VENV)/.base
	@echo "installing what the site is built with (once)"
	@$(PIP) install -e '.[docs]'
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "installing what linting needs (once)"
	@$(PIP) install -e '.[dev]'
	@touch $@

quickstart: $(VENV)/.base
	@$(BIN)/kerasnb quickstart

lab: $(VENV)/.base
	@$(BIN)/kerasnb lab

# Sources in labextension/, built files in kerasnb/lab/jupyter/labextensions; a test compares the two.
labextension:
	@command -v npm >/dev/null || { echo "make labextension needs node 20 and npm (on Debian: apt install npm)."; exit 1; }
	@cd labextension && npm ci --no-audit --no-fund && npm run --silent build

doctor: $(VENV)/.base
	@$(BIN)/kerasnb doctor

# What takes over a minute stays behind the marker slow.
test: $(VENV)/.$(TEST_EXTRAS)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow and not network and not browser" $(ARGS)
ifeq ($(CHROMIUM),)
	@echo "SKIPPED: the tests in a real browser; there is no Chromium here (on Debian: apt install chromium)."
else
	@$(BIN)/python -m pytest -m "browser and not slow and not network" $(ARGS) || [ $$? = 5 ]  # 5: none
endif

test-slow: $(VENV)/.$(TEST_EXTRAS) $(VENV)/.docs
	@$(BIN)/python -m pytest -m "slow and not network" $(ARGS)

test-browser: $(VENV)/.$(TEST_EXTRAS)
	@$(BIN)/python -m pytest -m "browser and not network" $(ARGS)

# Whole, on all data: outputs go to out/notebooks. (The slow tests run them fast.)
notebooks: $(VENV)/.base
	@$(BIN)/python tests/run_notebooks.py $(NAMES)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright --level error

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.base
	@$(BIN)/python benchmarks/bench.py $(if $(REFERENCE),--reference-python $(REFERENCE)) $(ARGS)

# The site: out/site/html. Notebooks are executed once and kept; FAST=1 runs them on few rows and epochs.
docs: $(VENV)/.docs
	@$(BIN)/python docs/generate_api_coverage.py
	@PYTHONPATH=docs $(BIN)/python -m sitebuild.coming_from_r
	@PYTHONPATH=docs $(BIN)/python -m sitebuild $(if $(FAST),--fast) $(if $(FRESH),--fresh) $(ARGS)

# Lines and branches of kerasnb/, in kernels and other processes that the tests start too.
coverage: $(VENV)/.$(TEST_EXTRAS)
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n $(WORKERS) --dist loadgroup -m "not slow and not network and not browser" $(ARGS)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --sort=-cover --skip-covered | tail -60
	@$(BIN)/python tests/coverage_readers.py --whole

# The same for what reads files from strangers, with the tests that concern it alone: minutes instead of an hour.
coverage-readers: $(VENV)/.$(TEST_EXTRAS)
	@$(BIN)/python tests/coverage_readers.py

# Ten thousand broken files for every reader.
fuzz: $(VENV)/.$(TEST_EXTRAS)
	@$(BIN)/python tests/fuzz/run.py $(or $(ARGS),--cases 10000 --jobs $(WORKERS))

# Small wrong changes of losses, metrics and feed code: do the tests notice? (ARGS="--sample 300 --seed 7")
mutation: $(VENV)/.$(TEST_EXTRAS)
	@$(BIN)/python tests/mutation/run.py $(ARGS)

# Known vulnerabilities of what is installed; asks a service on the network.
audit: $(VENV)/.base
	@$(PIP) install pip-audit
	@$(BIN)/python tests/supply/audit.py

clean:
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
