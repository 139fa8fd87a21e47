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
.PHONY: help install demo test ui lint format bench docs clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

install: $(READY)  ## .venv with the package and every pinned dependency

$(READY): pyproject.toml constraints.txt Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12 install"; exit 1; }
	@echo "Setting up $(VENV): about a minute the first time"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --constraint constraints.txt --editable '.[publication,test,lint,bench]'
	@touch $@

lint: $(READY)  ## ruff (lint, format) and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
