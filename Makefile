SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/.tools/bin:$(PATH)
# The Node that Playwright brings along needs a library which a bare Debian lacks; the pinned one does not.
export PLAYWRIGHT_NODEJS_PATH := $(CURDIR)/$(BIN)/node

RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
TOOLS := .tools/.complete

help: ## Show what there is to do
	@echo 'authplane: an auth and token plane. Begin with `make run`, then look at README.md.'
	@echo
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(RUNTIME) ## Make .venv with what authplane runs on; .venv/bin/authplane is the command

setup-test: $(DEV) $(TOOLS) ## Also install what tests and checks need: Python packages, a browser, grpcurl, ghz, Node and Go parts

run: setup ## Run the whole plane in one process on the in-memory store; ARGS="--port 8888" passes flags
	@$(BIN)/authplane dev $(ARGS)

# One process for what has to be alone, and one for all the rest: on two cores more would disturb it and end no sooner.
# ARGS="-n 0 -x" for one only, which stops at the first failure.
PARALLEL := -n 2 --dist loadgroup --no-loadscope-reorder

test: setup setup-test check ## Install what is needed, check, and run all tests; ARGS="-k refresh" passes arguments
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-long: setup setup-test ## The same properties with many more random histories
	AUTHPLANE_TEST_EXAMPLES=2000 $(BIN)/python -m pytest tests/model $(ARGS)
	AUTHPLANE_TEST_EXAMPLES=5000 $(BIN)/python -m pytest tests/cache/test_machine.py $(ARGS)
	AUTHPLANE_TEST_EXAMPLES=5000 $(BIN)/python -m pytest tests/refusals/test_any_value.py $(ARGS)
	AUTHPLANE_TEST_RACES=200 $(BIN)/python -m pytest tests/contract $(ARGS)
	AUTHPLANE_TEST_KEYS=1000000 $(BIN)/python -m pytest tests/cache/test_bounds.py $(ARGS)

test-mutations: setup setup-test ## Breaks the code in dozens of ways, in a copy, and sees the tests notice each; a few minutes
	$(BIN)/python -m pytest tests/mutations/try_mutations.py $(ARGS)

client: setup ## The wheel of the Python client for internal services, in dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist ./authplane_client
	@ls dist/authplane_client-*.whl

bench-client: setup ## Decisions of the Python client from its memory, each second
	$(BIN)/python -m load.client $(ARGS)

staleness: setup setup-test ## How long anybody believes what was revoked: 1,000 trials healthy and with each fault; half an hour, with a report
	$(BIN)/python -m tests.staleness $(ARGS)

test-faults: setup setup-test ## Every fault 20 times, some for a minute: what callers see, and that nothing is lost; an hour
	$(BIN)/python -m tests.faults $(ARGS)

load: setup setup-test ## 200 requests a second for 30 seconds through gRPC and HTTP; prints p50, p95, p99
	$(BIN)/python -m load $(ARGS)

bench: setup setup-test ## Every path beside the least that it can do, in one run; a page with plots; a quarter of an hour
	$(BIN)/python -m load.bench $(ARGS)

bench-quick: setup setup-test ## The same in three minutes
	$(BIN)/python -m load.bench --quick $(ARGS)

bench-observed: setup setup-test ## What metrics, traces and logs cost on the hot path, and what a scrape does to it
	$(BIN)/python -m load.observed $(ARGS)

bench-overload: setup setup-test ## Goodput and latency at 1 to 10 times the peak, with and without admission control; plots
	$(BIN)/python -m load.overload $(ARGS)

bench-growth: setup setup-test ## Paths beside ten thousand rows and a million, hits among a thousand entries and a million
	$(BIN)/python -m load.growth $(ARGS)

bench-store: setup ## Each operation of the store library beside the bare SQL, on a PostgreSQL of its own
	$(BIN)/python -m load.store $(ARGS)

sweep-load: setup setup-test ## A million expired rows swept while 200 requests a second are served; --rows for fewer
	$(BIN)/python -m load.sweep $(ARGS)

bench-cache: setup ## What the cache rule costs beside an LRU without one, and hit rates, on one thread
	$(BIN)/python -m load.cache $(ARGS)

explain: setup ## Plans, times and sizes of the hot statements at 100,000 rows, as pages in .venv/evidence
	$(BIN)/authplane explain --output $(VENV)/evidence $(ARGS)

explain-large: setup setup-test ## The same at 10,000 to 10,000,000 rows, into docs/evidence; 30 GB of disk, an hour
	$(BIN)/authplane explain --rows 10000 --rows 100000 --rows 1000000 --rows 10000000 $(ARGS)
	AUTHPLANE_TEST_ROWS=1000000 $(BIN)/python -m pytest --timeout=3600 tests/sql/test_plans.py
	@# Without the tests that copy the tables to change them.
	AUTHPLANE_TEST_ROWS=10000000 $(BIN)/python -m pytest --timeout=3600 tests/sql/test_plans.py \
		-k "required or whole_table or prepared or partial_index or another_function"

reference: setup setup-test ## Write docs/metrics.md and docs/events.md anew, from a running plane
	AUTHPLANE_WRITE_REFERENCE=1 $(BIN)/python -m pytest -q tests/admin

drills: setup setup-test ## Five problems, what the dashboard shows of each, and docs/drills.md written anew; four minutes
	$(BIN)/python -m tests.monitoring.drills

dashboard: setup ## Write deploy/grafana/authplane.json anew, from tools/panels
	$(BIN)/python -m tools.dashboard

check: lint type floors protos ## Lint, types, import floors, protos, generated code; no test

lint: $(DEV) ## ruff: rules and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo 'run: make fmt'; exit 1; }

type: $(DEV) ## mypy, strict
	@$(BIN)/mypy

floors: $(DEV) ## Imports go down only
	@$(BIN)/lint-imports --no-logo >.venv/floors.log 2>&1 || { cat .venv/floors.log; exit 1; }

protos: $(DEV) ## buf: lint and format; generated code is what the protos give
	@$(BIN)/buf lint
	@$(BIN)/buf format --diff --exit-code
	@$(BIN)/python -m tools.generate --check

fmt: $(DEV) ## Format everything
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .
	@$(BIN)/buf format --write

gen: $(DEV) ## Generate gen/ from protos/
	@$(BIN)/python -m tools.generate

pins: $(DEV) ## Resolve the versions in requirements/*.txt anew
	@tools/pins

clean: ## Remove .venv, .tools and caches
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(RUNTIME): requirements/runtime.txt pyproject.toml tools/make-venv
	@PYTHON="$(PYTHON)" tools/make-venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUNTIME) requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(TOOLS): $(DEV) tools/install-test-tools $(wildcard tests/interop/*/package-lock.json tests/interop/*/go.sum)
	@tools/install-test-tools
	@touch $@

.PHONY: drills bench-observed dashboard reference bench-overload help setup setup-test run test test-long test-mutations staleness test-faults load bench bench-quick bench-store sweep-load bench-cache explain explain-large check lint type floors protos fmt gen pins clean client bench-client
