# Two commands matter: `make run` and `make test`. Both need python3 (3.11+), make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PIP = $(UV) pip install --python $(BIN)/python --compile-bytecode
SYNC = $(UV) pip sync --python $(BIN)/python --compile-bytecode --require-hashes
COMPILE = $(UV) pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-header
DOTS = sh bin/with-dots
ROUNDS ?= 20
SUITE = $(BIN)/pytest -n auto --maxprocesses 4 --dist loadgroup --cov
# Playwright keeps an event loop in the thread that it drives from, so its tests run by themselves.
BROWSE = $(SUITE) -m browser --cov-append --cov-report=term:skip-covered
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_LINK_MODE ?= copy

.DEFAULT_GOAL := help
.PHONY: help run test check bench chaos lock wheel browser clean

help: ## Show these lines
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/.run ## Start Nexus with its demo on http://127.0.0.1:8000
	@$(BIN)/nexus serve --demo $(ARGS)

test: $(VENV)/.dev browser ## Run every test, the browser tests too, with coverage; or: make test ARGS=tests/flow
	@$(if $(ARGS),$(BIN)/pytest $(ARGS),$(SUITE) -m "not browser" --cov-report= && $(BROWSE))

check: $(VENV)/.dev .dev/nexus ## Lint, format, types, import rules, dependencies, house rules, locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=.dev $(BIN)/mypy -p nexus.core -p nexus.ui -p nexus.plugins -m nexus.app
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/pytest -q -p no:cacheprovider tests/house
	@sh bin/check-locks $(UV)

bench: $(VENV)/.dev ## Measure W1, W2, W3 beside their baselines; print the targets
	@$(BIN)/python bench $(ARGS)

chaos: $(VENV)/.dev ## Kill Nexus at random under load, ROUNDS times (20)
	@NEXUS_CHAOS_ROUNDS=$(ROUNDS) $(BIN)/pytest -m chaos $(ARGS)

lock: $(VENV)/.tools ## Write the hashed locks again; UPGRADE=--upgrade takes newer versions
	$(COMPILE) $(UPGRADE) --group dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock -o requirements.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		-c requirements-dev.lock --group pyproject.toml:tools -o requirements-tools.lock

wheel: $(VENV)/.dev ## Build the wheel into dist/
	@rm -rf build
	$(UV) build --wheel --no-build-isolation --python $(BIN)/python

clean: ## Remove the environment and everything built (never your data)
	rm -rf $(VENV) .dev build dist nexus.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.tools: requirements-tools.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Nexus needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh bin/apt-install python3-venv
	@$(DOTS) "Making the Python environment in $(VENV)" sh -c '{ test -x $(BIN)/pip || \
		$(PYTHON) -m venv $(VENV); } && $(BIN)/pip install -q --require-hashes -r requirements-tools.lock'
	@touch $@

# `install` adds and never removes, so running leaves the development tools alone. The lock is
# tried offline first: with hashes the index would be asked again even for what is there.
$(VENV)/.run: $(VENV)/.tools requirements.lock pyproject.toml setup.py
	@$(DOTS) "Installing what Nexus needs to run" sh -c '\
		$(PIP) -q --offline --require-hashes -r requirements.lock 2>/dev/null || \
		$(PIP) -q --require-hashes -r requirements.lock'
	@$(PIP) -q --offline --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.tools requirements-dev.lock pyproject.toml setup.py
	@$(DOTS) "Installing what Nexus needs to run and to be tested" sh -c '\
		$(SYNC) -q --offline requirements-dev.lock 2>/dev/null || $(SYNC) -q requirements-dev.lock'
	@$(PIP) -q --offline --no-deps --no-build-isolation -e .
	@touch $(VENV)/.run $@

.dev/nexus: # mypy finds the package through this link
	@mkdir -p .dev && ln -sfn .. $@

browser:
	@test -x /usr/bin/chromium -a -e /usr/lib/$$(uname -m)-linux-gnu/libatomic.so.1 || \
		sh bin/apt-install chromium libatomic1
