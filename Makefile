# `make demo` runs the main job, `make test` every test; each sets up what it needs and is quick the second time.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VENV35 := .venv-spark35
JVM_SOURCES := $(shell find jvm examples -type d -name target -prune -o -type f -path '*/src/main/*' -print) \
  examples/orders/Orders.scala examples/executors/Parse.scala examples/stream/Sales.scala examples/dataframes/Described.scala build.sbt $(wildcard project/*.scala project/*.sbt project/*.properties)
# Touched when everything that `sbt jars` makes is there: a build that broke off starts again.
JARS := jvm/bridge/target/.made
# The clients attach it to PySpark jobs. `build.py` takes what runs in a job from the package.
ZIP := build/pyspark/.made
ZIP_SOURCES := $(wildcard python/pyspark_zip/*) $(shell find python/dagster_pipes_jvm -name '*.py') LICENSE pyproject.toml

# What make says goes to stderr: stdout belongs to what a target prints.
define say
@printf '\033[1m%s\033[0m\n' "make: $(1)" >&2
endef

.PHONY: help
help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.PHONY: setup
setup: $(VENV)/.made ## the Python environment in .venv

.PHONY: check-jdk
check-jdk:
	@home=$${JAVA_HOME:+$$JAVA_HOME/bin/}; version=$$("$${home}javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'); \
	if [ "$${version:-0}" -lt 17 ]; then \
	  echo "make: a JDK 17 is needed (with javac), found: $${version:-none}. Install one and set JAVA_HOME to it." >&2; exit 1; fi

$(VENV)/.made: pyproject.toml constraints.txt | check-jdk
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
jar jars: $(JARS) ## the bridge jar, the examples' jobs and the conformance program

$(JARS): $(JVM_SOURCES) | check-jdk $(VENV)/.made
	$(call say,building the JVM side with sbt (some minutes the first time))
	@./sbt jars >&2
	@touch $@

.PHONY: pyspark-zip
pyspark-zip: $(ZIP) ## the zip that brings reporting to PySpark jobs

$(ZIP): $(ZIP_SOURCES) | $(VENV)/.made
	$(call say,building the PySpark zip)
	@$(BIN)/python python/pyspark_zip/build.py >&2
	@touch $@

# The jars and POMs that the builds of `dagster-pipes-jvm init` resolve.
MAVEN := build/maven/.made

.PHONY: maven
maven: $(MAVEN) ## the bridge and the Scala facades as a Maven repository, in build/maven

$(MAVEN): $(JARS)
	$(call say,building the Maven repository of the wheel)
	@./sbt mavenRepository >&2
	@touch $@

# What the wheel carries of other projects, for scanners.
SBOM := build/sbom/.made

.PHONY: sbom
sbom: $(SBOM) ## the bills of materials of the wheel and of the bridge jar, in build/sbom

$(SBOM): $(MAVEN) $(ZIP) python/sbom.py
	$(call say,writing the bills of materials)
	@$(BIN)/python python/sbom.py >&2
	@touch $@

.PHONY: demo
demo: $(VENV)/.made $(JARS) $(ZIP) ## the main job: Scala and PySpark jobs report to a real Dagster instance
	@$(BIN)/python examples/migration/demo.py

.PHONY: dev
dev: $(VENV)/.made $(JARS) $(ZIP) ## Dagster's web UI on the demo and the zero-code example
	@$(BIN)/python examples/migration/dev.py

.PHONY: screenshots
screenshots: $(VENV)/.made $(JARS) $(ZIP) ## the pictures of docs/images, taken by the browser test (wants Chromium)
	@SCREENSHOTS_DIR=docs/images $(BIN)/pytest tests/endtoend/test_web_ui.py

# Whole files: what a module starts (a YARN, an EMR) is started once. Three on two cores: a YARN waits more than it computes.
SIDE_BY_SIDE := -n 3 --dist loadfile

# What a Spark of the tests loads, kept for the next one: it starts in three fifths of the processor time.
ARCHIVE := $(VENV)/spark.jsa

$(ARCHIVE): $(VENV)/.made
	$(call say,keeping the classes of a Spark for the next ones)
	@$(BIN)/python -m tests.support.spark_archive $@

.PHONY: check
check: $(VENV)/.made $(JARS) $(SBOM) ## the tests that start no process, in both languages; under 3 minutes
	@./sbt check
	@$(BIN)/pytest -q -n 2 tests/unit

.PHONY: test test-all
test: $(VENV)/.made $(VENV35)/.made $(JARS) $(SBOM) $(ARCHIVE) ## every test; each pair of dimensions once
	$(call say,testing the JVM side)
	@./sbt testAll
	$(call say,testing the Python side and the two together)
	@$(BIN)/pytest -m 'not matrix' $(SIDE_BY_SIDE)

test-all: $(VENV)/.made $(VENV35)/.made $(JARS) $(SBOM) $(ARCHIVE) ## the full matrix
	@./sbt testAll compatible
	@$(BIN)/pytest $(SIDE_BY_SIDE)

# The list of versions and the tests are in tests/versions. Its environments are in build/dagster.
.PHONY: test-versions
test-versions: $(VENV)/.made $(VENV35)/.made $(JARS) $(ZIP) ## what we build on in each version of Dagster of README's table
	$(call say,testing on the versions of Dagster (a minute each to set up the first time))
	@$(BIN)/python -m tests.versions

.PHONY: lint fmt
lint: $(VENV)/.made ## formatters, type checker, floors and wording, changing nothing
	$(call say,checking wording)
	@$(BIN)/python -m tests.wording
	$(call say,checking Python)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.support.in_job
	@for example in $(sort $(dir $(wildcard examples/*/*.py))); do $(BIN)/mypy $$example || exit 1; done
	$(call say,checking Java and Scala)
	@./sbt lint

fmt: $(VENV)/.made ## format everything
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@./sbt fmt
	@$(BIN)/python -m tests.wording --shrink

.PHONY: bench
bench: $(VENV)/.made $(JARS) $(ZIP) ## every figure of docs/performance.md: a table, and build/bench.json
	@./sbt bench/writeClasspath >&2
	@$(BIN)/python -m tests.bench

.PHONY: faults
faults: $(VENV)/.made $(JARS) $(ZIP) ## every fault of docs/delivery.md against a real job, S3 and Dagster; a table
	@$(BIN)/python -m tests.faults.table

.PHONY: lineage
lineage: $(VENV)/.made $(VENV35)/.made $(JARS) $(ZIP) ## the table of docs/zero-code.md: column lineage beside sqlglot's and OpenLineage's
	@$(BIN)/python -m tests.lineage

.PHONY: conformance-app
conformance-app: $(JARS) ## build the conformance program and print the command that runs it, as a JSON list
	@$(BIN)/python jvm/conformance/command.py

.PHONY: wheel
wheel: $(VENV)/.made $(SBOM) ## the wheel, with jars and PySpark zip in it, in dist/
	@$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

# The targets of a release: CONTRIBUTING.md, "Releasing". None of them needs a secret, except `publish-maven` and
# `github-release`.
.PHONY: dist
dist: $(VENV)/.made $(SBOM) ## the wheel and the sdist in dist/, checked as PyPI checks them
	$(call say,building the wheel and the sdist)
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t sdist -t wheel
	@$(BIN)/twine check --strict dist/*

# Publishing with a key of gpg signs each file.
SIGNED :=
BUNDLE := build/release/dagster-pipes-jvm-bundle.zip

.PHONY: bundle
bundle: $(VENV)/.made $(SBOM) ## the zip for Maven Central, checked as Central checks it, in build/release; SIGNED=1 signs it
	$(call say,building the bundle for Maven Central)
	@rm -rf target/sona-staging
	@./sbt $(if $(SIGNED),stageSigned,stage) sonaBundle >&2
	@mkdir -p $(dir $(BUNDLE))
	@cp target/sona-bundle/bundle.zip $(BUNDLE)
	@cp build/sbom/*.json $(dir $(BUNDLE))
	@$(BIN)/python -m tests.release.bundle $(if $(SIGNED),--signed) $(BUNDLE)

.PHONY: compatible
compatible: | check-jdk $(VENV)/.made ## the public API beside that of the releases before
	@./sbt compatible

.PHONY: release-check
release-check: $(VENV)/.made ## the tag, such as TAG=v0.1.0, equals each version, and the changelog has its section
	@TAG="$(TAG)" $(BIN)/python -m tests.release.tag

# Secrets come by the environment, so that no log shows them.
.PHONY: publish-maven
publish-maven: $(VENV)/.made ## sign the bundle with PGP_SECRET, and publish it on Maven Central with SONATYPE_USERNAME
	@base64 --decode <<<"$$PGP_SECRET" | gpg --batch --quiet --import
	@$(MAKE) bundle SIGNED=1
	@./sbt sonaRelease

.PHONY: github-release
github-release: ## the release on GitHub, with the files of `make dist` and `make bundle`
	@$(PYTHON) -m tests.release.tag --notes | gh release create "$$TAG" --verify-tag --title "$$TAG" --notes-file - \
	  dist/* build/release/*

.PHONY: clean
clean: ## remove what was built; the environments stay
	@rm -rf build dist .demo .mypy_cache .ruff_cache .pytest_cache
	@find . -type d -name target -not -path './$(VENV)*' -prune -exec rm -rf {} +
