PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/python -m compileall -q -j 0

# uv reads no settings of pip's: a mirror is named to it, and it trusts whom the system trusts.
export UV_SYSTEM_CERTS ?= 1
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# Every process of ours would compile all modules again, which takes longer than most of its work.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run demo test check bench chaos fuzz screenshots lock clean

help:  ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed  ## Serve everything on http://localhost:8000; PORT=9000 make run for another port
	@exec $(BIN)/newsletter up

demo: $(VENV)/.installed  ## Do the whole main job once, by itself; ISSUE=FILE for a digest of your own
	@exec $(BIN)/newsletter demo $(if $(ISSUE),--issue "$(ISSUE)") $(DEMO_ARGS)

test: $(VENV)/.installed-dev  ## Run all the tests; PYTEST_ARGS="-k words" for some of them
	@exec $(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.installed-dev  ## Lint, types (of JavaScript too, where npm is), imports, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/djlint --lint --quiet newsletter/web
	$(BIN)/newsletter db check
	@.ci/javascript

bench: $(VENV)/.installed-dev  ## Measure beside yardsticks; BENCH_ARGS="--scale 1 --json" for full size, as JSON
	@exec $(BIN)/python benchmarks/all.py $(BENCH_ARGS)

chaos: $(VENV)/.installed-dev  ## Send while everything goes wrong, in full: about ten minutes
	$(BIN)/python benchmarks/torture/chaos.py --database sqlite $(CHAOS_ARGS)
	$(BIN)/python benchmarks/torture/chaos.py --database postgresql $(CHAOS_ARGS)
	$(BIN)/python benchmarks/torture/partition.py
	CRASH_SCHEDULES=300 $(BIN)/python -m pytest -n0 --timeout=0 tests/troubles/test_crash_schedules.py

fuzz: $(VENV)/.installed-dev  ## 20,000 issues of anything that can be typed through the mail's pipeline
	FUZZ_ROUNDS=20000 $(BIN)/python -m pytest -n0 --timeout=0 tests/rendering/test_fuzz.py $(PYTEST_ARGS)

screenshots: $(VENV)/.installed-dev  ## Take the pictures of the README: the sample issue, the editor's pages
	@$(BIN)/python -m benchmarks.screenshots
	@exec $(BIN)/python -m benchmarks.tour

lock: $(VENV)/.installed  ## Choose the versions of all dependencies again, and pin them with hashes
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
		--group install --output-file requirements-uv.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
		--group build pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
		--group dev pyproject.toml --output-file requirements-dev.txt

clean:  ## Remove the environment; state under var/ stays
	rm -rf $(VENV)

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null \
		|| { echo "There is no $(PYTHON). Python 3.11 or later is needed; name one: make PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11. Name a later one: make PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Python lacks its venv module (on Debian: apt-get install python3-venv)."; exit 1; }

$(VENV)/.installed: requirements.txt requirements-uv.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV), once: some seconds, or a minute on a slow line …"
	@$(PIP) install --only-binary=:all: --require-hashes --requirement requirements-uv.txt 2>/dev/null || true
	$(call install,requirements.txt)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(COMPILE) $(VENV)/lib newsletter >/dev/null || true
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests need, once …"
	$(call install,requirements-dev.txt)
	@$(COMPILE) $(VENV)/lib >/dev/null || true
	@touch $@

# uv takes a tenth of pip's time. Where it doesn't run or finds no index, pip does the same.
define install
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $(1) \
		|| $(PIP) install --require-hashes --requirement $(1)
endef
