# Two commands matter: `make demo` and `make test`. Both set up what they need in .venv and leave it for the next run.

SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
NPM := $(shell command -v npm 2>/dev/null)
# Without npm's packages there is nothing to rebuild the contracts with, and no anvil.
MARKS := $(if $(NPM),,-m 'not npm')
PYTEST_ARGS ?= -n 2 --dist loadfile
SOURCES := node devnet tests $(wildcard scripts/*.py)

# Every check runs and says what it has to say; one that fails makes the whole fail.
define CHECK_STYLE
sh -c 'status=0; \
    $(BIN)/ruff check --output-format concise $(SOURCES) || status=1; \
    $(BIN)/mypy $(SOURCES) || status=1; \
    $(BIN)/lint-imports --no-logo || status=1; \
    if [ -x node_modules/.bin/solhint ]; then \
        echo solhint contracts; node_modules/.bin/solhint --disc --max-warnings 0 "contracts/**/*.sol" || status=1; fi; \
    exit $$status'
endef

.PHONY: help demo test lint clean run-env test-env node-env

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: run-env ## a bank file becomes tokens, an attestation, a payout [STATEMENT=file.xml ENGINE=anvil JSON=out.json KEEP=1]
	@$(BIN)/tradecoin demo $(if $(STATEMENT),--statement '$(STATEMENT)') $(if $(ENGINE),--engine '$(ENGINE)') \
	    $(if $(JSON),--json '$(JSON)') $(if $(KEEP),--keep)

test: test-env node-env ## set up, check the style and run every test [PYTEST_ARGS='tests/domain -x']
	@style=0; $(CHECK_STYLE) || style=$$?; \
	    $(BIN)/pytest $(MARKS) $(PYTEST_ARGS) || exit $$?; exit $$style

lint: test-env node-env ## ruff, mypy, the arrows between packages, solhint
	@$(CHECK_STYLE)

clean: ## remove what the commands made: environments, caches, the demo's state
	rm -rf .venv .venv-slither node_modules .tradecoin build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-env:
	@PYTHON='$(PYTHON)' sh scripts/setup_env.sh run

test-env:
	@PYTHON='$(PYTHON)' sh scripts/setup_env.sh test

node-env: test-env
	@sh scripts/setup_env.sh node
