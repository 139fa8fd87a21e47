# Targets for people: `make help` lists them. Everything is kept below this checkout.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
UV = VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --constraint constraints.txt
# These say what is installed: the package but for PySpark, all of it, and what tests need.
READY := $(VENV)/.ready
WHOLE := $(VENV)/.ready-whole
TESTS := $(WHOLE) $(VENV)/.ready-test

# Else each command would compile all that it imports anew, where a machine is set to keep nothing.
unexport PYTHONDONTWRITEBYTECODE
export DAGSTER_HOME := $(CURDIR)/.dagster
export IMAGESUGGEST_DUMPS ?= $(CURDIR)/data/dumps
export IMAGESUGGEST_LAKE ?= $(CURDIR)/data/lake

.DEFAULT_GOAL := help
.PHONY: help install demo test test-servers test-cluster ui serve serve-modules servers cluster lint format bench docs clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

install: $(TESTS) $(VENV)/.ready-lint $(VENV)/.ready-bench  ## .venv with the package and every pinned dependency

# What the demo needs. PySpark is half of all that is fetched, and made into a package for as long
# as all the rest takes; whoever computes with DuckDB does without it.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12 install"; exit 1; }
	@[ -x $(BIN)/python ] || { echo "Making a Python environment in $(VENV): some seconds"; $(PYTHON) -m venv $(VENV); }
	@echo "Fetching uv, which installs packages: some seconds"
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing imagesuggest with Dagster, DuckDB and Ibis (200 MB): half a minute"
	@printf 'pyspark\ndagster-pyspark\n' > $(VENV)/without-spark.txt
	@$(UV) --excludes $(VENV)/without-spark.txt --editable .
	@touch $@

# Compiled at once, since who computes with what is installed may not be let write into it.
$(WHOLE): $(READY)
	@echo "Installing PySpark (450 MB), and compiling all packages: about a minute"
	@$(UV) --compile-bytecode --requirements pyproject.toml
	@touch $@

# The group of that name in pyproject.toml.
$(VENV)/.ready-%: $(READY)
	@echo "Installing what only \`make $*\` needs: some seconds"
	@$(UV) --group $*
	@touch $@

# The type checker knows the types of what is installed only.
lint: install  ## ruff (lint, format) and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.ready-lint  ## put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

demo: export IMAGESUGGEST_SEARCH ?= files
demo: $(READY)  ## a made-up Wikimedia: suggestions, and a bad week that is held back
	@echo; echo "1. Three weeks of dumps of a made-up Wikimedia: three wikis, Commons and Wikidata"
	$(BIN)/imagesuggest sample $(IMAGESUGGEST_DUMPS) --snapshots 3 --bad-week
	@echo; echo "2. The first week: all datasets are computed, checked and published, to files here"
	$(BIN)/imagesuggest run --snapshot 2026-10-19 --quiet
	@echo; echo "3. The second week, with a line for each dataset as it is done"
	$(BIN)/imagesuggest run --snapshot 2026-10-26
	@echo; echo "4. What came out: suggestions of pictures, for articles that have none"
	$(BIN)/imagesuggest show filtered_suggestions --snapshot 2026-10-26 --wiki ptwiki --limit 12
	@echo; echo "   What a reader gets for one article"
	$(BIN)/imagesuggest article ptwiki "Disel, Rinakil"
	@echo; echo "   Why another has none: all that speaks against it, and against files"
	$(BIN)/imagesuggest explain ptwiki "Zulena lomo"
	@echo; echo "   What the search index is told of the week's changes"
	$(BIN)/imagesuggest show search_index_delta --snapshot 2026-10-26 --wiki ptwiki --limit 6
	@echo; echo "5. The third week: in its dump every second article of ptwiki has lost its item."
	@echo "   Checks find it, ptwiki is held back with its last good data, and people get a page"
	$(BIN)/imagesuggest run --snapshot 2026-11-02 --quiet
	@echo; echo "6. What became of the three weeks"
	$(BIN)/imagesuggest snapshots
	@echo; echo "Look at the graph, its checks and plots with: make ui"
	@echo "Look at the suggestions, judge them, and serve them to tools with: make serve"

# Five, on two cores, too, since tests of servers and kills wait a lot; each may need 2 GB.
test: PROCESSES = 5
test: $(TESTS)  ## every test; says which it left out for want of Java
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --no-loadscope-reorder

test-servers: $(TESTS)  ## of these, those on a real Cassandra, Elasticsearch, OpenSearch and metastore
	$(BIN)/python -m pytest -m servers

test-cluster: $(TESTS)  ## what `make test` leaves out, being dear: a whole cluster's servers
	$(BIN)/python -m pytest -m cluster

ui: $(READY)  ## the Dagster UI on what was run, at http://127.0.0.1:3000; Ctrl-C stops it
	@exec $(BIN)/python -m imagesuggest_assets.command.ui --port $(or $(PORT),3000)

# The demo's files are on no Commons.
serve: export IMAGESUGGEST_PICTURES ?= drawn
serve: $(READY)  ## what was run, at http://127.0.0.1:8080, and its modules at :8081; Ctrl-C stops both
	@trap 'kill $$(jobs -p); wait' EXIT; trap exit INT TERM; \
	$(BIN)/imagesuggest serve --port $(or $(PORT),8080) & \
	$(BIN)/modules serve --port $(or $(MODULES_PORT),8081) & \
	wait -n

serve-modules: $(READY)  ## of these the module finder alone, at http://127.0.0.1:8081; Ctrl-C stops it
	@exec $(BIN)/modules serve --port $(or $(PORT),8081)

servers: $(TESTS)  ## a Cassandra, an Elasticsearch, an OpenSearch and a metastore for trying by hand; Ctrl-C stops them
	@exec $(BIN)/python -m tests.servers servers

cluster: $(TESTS)  ## HDFS, a metastore and Spark with two workers for trying by hand; Ctrl-C stops them
	@exec $(BIN)/python -m tests.servers cluster

bench: $(TESTS) $(VENV)/.ready-bench  ## the benchmarks, some of them long; docs/performance.md says what they gave
	$(BIN)/python -m benchmarks

docs: $(READY)  ## docs/api.md, datasets.md, rules.md, runbook.md and those of modules, from the declarations
	$(BIN)/python -m imagesuggest_assets.command.documentation
	$(BIN)/python -m module_assets.command.documentation

clean:  ## remove the virtual environment, the demo's data and the Dagster instance
	rm -rf $(VENV) data .dagster
