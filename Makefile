# Every command a person or a machine needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Processes that share the tests; each takes about 1 GB.
PROCESSES ?= 1

export PYTHONWARNINGS ?= ignore::DeprecationWarning
export DO_NOT_TRACK ?= 1
export DBT_SEND_ANONYMOUS_USAGE_STATS ?= false
export GX_ANALYTICS_ENABLED ?= false

.PHONY: help install demo serve test check check-types check-sql format bars clean lock

help:  ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing exact, hashed packages into $(VENV) (about 90 seconds the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

install: $(STAMP)  ## Make .venv with exact, hashed packages

demo: $(STAMP)  ## Invent a company, run its last 180 days, print one screen
	@$(BIN)/openitem demo

serve: $(STAMP)  ## Serve the pages and the Dagster UI on this machine
	@$(BIN)/openitem serve

check: $(STAMP)  ## Format, lint, types, SQL lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs 2 check-types check-sql

check-types: $(STAMP)
	@$(BIN)/mypy

check-sql: $(STAMP)
	@$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests --processes 2 --disable-progress-bar

format: $(STAMP)  ## Format and mend what a machine can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/sqlfluff fix dbt_project/models dbt_project/tests --disable-progress-bar

test: $(STAMP) check  ## Lint, types and all tests
	@$(BIN)/python -m pytest $(if $(filter-out 1,$(PROCESSES)),--numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder)

bars: $(STAMP)  ## Run every bar at full size and write tests/benchmarks/README.md
	@$(BIN)/python -m tests.benchmarks.bars

lock: $(STAMP)  ## Resolve requirements.lock anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --extra dev --extra postgres --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-strip-extras --no-header --quiet -o requirements.lock

clean:  ## Remove the invented company and everything built for it
	@test ! -e data/build/decisions.sqlite -o -d data/build/truth || \
		{ echo "data/build holds a company that was not invented: its files and decisions exist nowhere else. Move it first."; exit 1; }
	@rm -rf data/build dbt_project/target
