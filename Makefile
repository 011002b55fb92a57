# Leermatch. Two commands do everything: make run, make test.
# Written for any POSIX sh and for GNU make from 3.81, the one of macOS; the work is in scripts/.

PORT ?= 8000
WORKERS ?= 2
HOST ?= 127.0.0.1
ARGS ?=
PY = .venv/bin/python

.PHONY: help run serve test check retrain bench bench-serving harden audit sbom lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s  %s\n", $$1, $$2 }' Makefile

run: ## serve on this machine; PORT=8000 by default
	@exec sh scripts/run.sh '$(PORT)'

serve: ## serve from several processes; WORKERS=2 HOST=127.0.0.1 PORT=8000
	@exec sh scripts/serve.sh '$(WORKERS)' '$(HOST)' '$(PORT)'

test: ## run the tests; ARGS="matcher/ranking -x" runs a part
	@exec sh scripts/test.sh $(ARGS)

check: ## lint, format, types, the menu and outcome files, plain Dutch, tests
	@sh scripts/install.sh test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m matcher check
	$(PY) -m tests.plain_dutch
	@sh scripts/test.sh

retrain: ## train a candidate on training_data/; nothing goes live
	@sh scripts/install.sh run
	@exec sh scripts/retrain.sh

bench: ## rank beside other methods where the truth is known; ARGS=--quick takes minutes, not hours
	@sh scripts/install.sh bench
	$(PY) -m tests.benchmarks.ranking $(ARGS)

bench-serving: ## the service beside a bare view and the usual app; ARGS=all measures the rest too
	@sh scripts/install.sh test
	$(PY) -m tests.benchmarks $(ARGS)

harden: ## kill retrainings, decisions and the service at 200 random moments, and ask the proofs for much; ARGS="--kills 20 --seed 1" fewer, others
	@sh scripts/install.sh test
	OMP_NUM_THREADS=1 $(PY) -m tests.hardening $(ARGS)
	OMP_NUM_THREADS=1 HARDEN=yes $(PY) -m pytest -q -m proof tests

audit: ## ask which libraries of the run lock have known holes; needs the network
	@exec sh scripts/audit.sh

sbom: ## write what the service is made of as CycloneDX, build/sbom.cdx.json
	@exec sh scripts/sbom.sh

lock: ## renew requirements/*.lock from pyproject.toml; ARGS=--upgrade takes the newest versions
	@exec sh scripts/lock.sh $(ARGS)

clean: ## remove caches and build output; leaves .venv, models and instance
	rm -rf build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find matcher service tests -name __pycache__ -type d -prune -exec rm -rf {} +
