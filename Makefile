# `make demo` runs the main job, `make test` every test; each sets up what it needs and is quick the second time.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VENV35 := .venv-spark35
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' python/dagster_pipes_jvm/_version.py)
JVM_SOURCES := $(shell find jvm examples -type d -name target -prune -o -type f -path '*/src/main/*' -print 2>/dev/null) \
  build.sbt $(wildcard project/*.scala project/*.sbt project/*.properties)

BRIDGE_JAR := jvm/bridge/target/dagster-pipes-jvm-$(VERSION).jar
JOBS_JARS := examples/migration/jobs/target/migration-jobs_2.12.jar examples/migration/jobs/target/migration-jobs_2.13.jar
CONFORMANCE := jvm/conformance/target/classpath.txt

define say
@printf '\033[1m%s\033[0m\n' "make: $(1)"
endef

.PHONY: help
help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.PHONY: setup
setup: $(VENV)/.made ## the Python environment in .venv

$(VENV)/.made: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %s; name another one: make PYTHON=python3.12" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(call say,setting up $(VENV) with dagster and pyspark (some minutes the first time))
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# The other Spark: its Python is what the PySpark jobs of the tests run on.
$(VENV35)/.made: constraints-spark35.txt pyproject.toml
	$(call say,setting up $(VENV35) with pyspark 3.5)
	@$(PYTHON) -m venv $(VENV35)
	@$(VENV35)/bin/pip install --quiet --disable-pip-version-check -r constraints-spark35.txt
	@$(VENV35)/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.PHONY: jar jars
jar: $(BRIDGE_JAR) ## the bridge jar
jars: $(BRIDGE_JAR) ## the bridge jar, the example's jobs and the conformance program

$(BRIDGE_JAR): $(JVM_SOURCES) | $(VENV)/.made
	$(call say,building the JVM side with sbt)
	@./sbt jars
	@touch $(BRIDGE_JAR) $(JOBS_JARS) $(CONFORMANCE)

.PHONY: demo
demo: $(VENV)/.made $(BRIDGE_JAR) ## the main job: Scala and PySpark jobs report to a real Dagster instance
	@$(BIN)/python examples/migration/demo.py

.PHONY: dev
dev: $(VENV)/.made $(BRIDGE_JAR) ## Dagster's web UI on the demo
	@$(BIN)/python examples/migration/dev.py

.PHONY: test test-all
test: $(VENV)/.made $(VENV35)/.made $(BRIDGE_JAR) ## every test; each pair of dimensions once
	$(call say,testing the JVM side)
	@./sbt testAll
	$(call say,testing the Python side and the two together)
	@$(BIN)/pytest -m 'not matrix'

test-all: $(VENV)/.made $(VENV35)/.made $(BRIDGE_JAR) ## the full matrix
	@./sbt testAll
	@$(BIN)/pytest

.PHONY: lint fmt
lint: $(VENV)/.made ## formatters and type checker, changing nothing
	$(call say,checking Python)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@for example in examples/*/; do $(BIN)/mypy $$example; done
	$(call say,checking Java and Scala)
	@./sbt lint

fmt: $(VENV)/.made ## format everything
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@./sbt fmt

.PHONY: bench
bench: $(VENV)/.made $(BRIDGE_JAR) ## the figures
	@$(BIN)/python tests/bench/session_cost.py

.PHONY: conformance-app
conformance-app: $(BRIDGE_JAR) ## build the conformance program and print the command that runs it, as a JSON list
	@$(BIN)/python jvm/conformance/command.py

.PHONY: wheel
wheel: $(VENV)/.made $(BRIDGE_JAR) ## the wheel, with the bridge jar in it, in dist/
	@$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

.PHONY: clean
clean: ## remove what was built; the environments stay
	@rm -rf dist .demo .mypy_cache .ruff_cache .pytest_cache
	@find . -type d -name target -not -path './$(VENV)*' -prune -exec rm -rf {} +
