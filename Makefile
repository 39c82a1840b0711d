# One short target per task: `make help` lists them. Nothing here needs more than make and Python 3.11 with venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Stamps say what is installed: while they are younger than what they were made from, nothing is fetched.
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --custom-compile-command "make requirements"
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run install test setup check lint types shape unit ports scenarios faults coverage format docs requirements \
	requirements-upgrade wheel clean

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) ## start SecureConnect on this machine; the environment is passed through
	@exec $(BIN)/secureconnect serve

install: $(RUNTIME) ## make .venv for running, and start nothing

test: export SYSTEM_PACKAGES := install
test: $(DEVELOPMENT) ## everything: lint, types, shape, unit, ports, scenarios, faults
	@sh tests/run.sh $(BIN) $(WORKERS)

setup: $(DEVELOPMENT) ## install what development needs into .venv

check: lint types shape ## lint, types and shape only

lint: $(DEVELOPMENT) ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEVELOPMENT) ## pyright, strict
	@$(BIN)/pyright --pythonpath $(BIN)/python

shape: $(DEVELOPMENT) ## import directions, sizes, words, documents
	@$(PYTEST) -q tests/shape

unit: $(DEVELOPMENT) ## each module by its own test file
	@$(PYTEST) -q -n $(WORKERS) --dist loadfile tests/unit

ports: $(DEVELOPMENT) ## one conformance suite per port, on every adapter
	@$(PYTEST) -q -n $(WORKERS) --dist loadfile tests/ports

scenarios: $(DEVELOPMENT) ## what people do, through the client, on one process and on five
	@$(PYTEST) -q tests/scenarios

faults: $(DEVELOPMENT) ## kills, stops and wrong settings
	@$(PYTEST) -q tests/faults

coverage: $(DEVELOPMENT) ## unit and port tests with coverage, in text
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q tests/unit tests/ports
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

format: $(DEVELOPMENT) ## write the code as ruff would
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(DEVELOPMENT) ## write docs/reference anew from the code
	@$(BIN)/python tests/shape/references.py docs/reference

requirements: $(DEVELOPMENT) ## resolve requirements/*.txt anew, keeping the versions that still fit
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(UV_COMPILE) --output-file requirements/build.txt -
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements/base.txt pyproject.toml --constraint requirements/build.txt
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements/dev.txt pyproject.toml --extra dev --constraint requirements/base.txt

requirements-upgrade: ## the same, with the newest versions that pyproject.toml allows
	@$(MAKE) --no-print-directory requirements UPGRADE=--upgrade

wheel: $(DEVELOPMENT) ## build the wheel into dist/
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove what make made: .venv, caches, dist; never the data folder
	@rm -rf $(VENV) dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
	@find src tests examples bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# An environment whose Python is gone (upgraded, moved) is made anew, and everything in it.
$(BIN)/python:
	@sh requirements/venv.sh "$(PYTHON)" $(VENV)

$(RUNTIME): requirements/base.txt requirements/build.txt pyproject.toml $(BIN)/python
	@sh requirements/venv.sh "$(PYTHON)" $(VENV)
	@echo "Installing SecureConnect into $(VENV), this once ..."
	@$(PIP) install --require-hashes -r requirements/build.txt -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(DEVELOPMENT): requirements/dev.txt $(RUNTIME)
	@echo "Installing what development needs into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
