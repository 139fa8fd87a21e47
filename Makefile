# Targets for people: `make help` lists them. Everything is kept below this checkout.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
READY := $(VENV)/.ready

export DAGSTER_HOME := $(CURDIR)/.dagster
export IMAGESUGGEST_DUMPS ?= $(CURDIR)/data/dumps
export IMAGESUGGEST_LAKE ?= $(CURDIR)/data/lake

.DEFAULT_GOAL := help
.PHONY: help install demo test test-servers ui servers lint format bench docs clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

install: $(READY)  ## .venv with the package and every pinned dependency

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12 install"; exit 1; }
	@echo "Setting up $(VENV): about a minute the first time"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --constraint constraints.txt --editable '.[test,lint,bench]'
	@touch $@

lint: $(READY)  ## ruff (lint, format) and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

demo: export IMAGESUGGEST_SEARCH ?= files
demo: $(READY)  ## a made-up Wikimedia: suggestions, and a bad week that is held back
	$(BIN)/imagesuggest sample $(IMAGESUGGEST_DUMPS) --snapshots 3 --bad-week
	$(BIN)/imagesuggest run --snapshot 2026-10-19 --quiet
	$(BIN)/imagesuggest run --snapshot 2026-10-26
	$(BIN)/imagesuggest show filtered_suggestions --snapshot 2026-10-26 --wiki ptwiki --limit 12
	@echo "What the search index is told of a week's changes:"
	$(BIN)/imagesuggest show search_index_delta --snapshot 2026-10-26 --wiki ptwiki --limit 6
	@echo "What a reader gets for one article:"
	$(BIN)/imagesuggest article ptwiki "Disel, Rinakil"
	@echo "In the dump of the next week, every second article of ptwiki has lost its item:"
	$(BIN)/imagesuggest run --snapshot 2026-11-02 --quiet
	$(BIN)/imagesuggest snapshots
	@echo "Look at the graph, its checks and plots with: make ui"

# Four, on two cores, too, since tests of servers and kills wait a lot; each may need 2 GB.
test: PROCESSES = 4
test: $(READY)  ## every test; says which it left out for want of Java
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --no-loadscope-reorder

test-servers: $(READY)  ## of these, those on a real Cassandra, Elasticsearch and OpenSearch
	$(BIN)/python -m pytest -m servers

ui: $(READY)  ## the Dagster UI on what was run, at http://127.0.0.1:3000; Ctrl-C stops it
	@exec $(BIN)/python -m imagesuggest_assets.command.ui --port $(or $(PORT),3000)

servers: $(READY)  ## a Cassandra, an Elasticsearch and an OpenSearch for trying by hand; Ctrl-C stops them
	@exec $(BIN)/python -m tests.servers

bench: $(READY)  ## the benchmarks, some of them long; docs/performance.md says what they gave
	$(BIN)/python -m benchmarks

docs: $(READY)  ## docs/datasets.md, rules.md and runbook.md, from the declarations
	$(BIN)/python -m imagesuggest_assets.command.documentation

clean:  ## remove the virtual environment, the demo's data and the Dagster instance
	rm -rf $(VENV) data .dagster
