# Leermatch. Two commands do everything: make run, make test.
# Written for any POSIX sh and for GNU make from 3.81, the one of macOS; the work is in scripts/.

PORT ?= 8000
ARGS ?=
PY = .venv/bin/python

.PHONY: help run test check retrain bench bench-serving harden lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s  %s\n", $$1, $$2 }' Makefile

run: ## serve on this machine; PORT=8000 by default
	@exec sh scripts/run.sh '$(PORT)'

test: ## run the tests; ARGS="tests/matcher -x" runs a part
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

bench-serving: ## measure speed
	@sh scripts/install.sh test
	$(PY) -m tests.benchmarks

harden: ## kill retrainings and decisions at 200 random moments; ARGS="--kills 20 --seed 1" fewer, others
	@sh scripts/install.sh test
	OMP_NUM_THREADS=1 $(PY) -m tests.hardening $(ARGS)

lock: ## renew requirements/*.lock from pyproject.toml; ARGS=--upgrade takes the newest versions
	@exec sh scripts/lock.sh $(ARGS)

clean: ## remove caches and build output; leaves .venv, models and instance
	rm -rf build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find matcher service tests -name __pycache__ -type d -prune -exec rm -rf {} +
