# make demo   set up, run the sample corpus, show what came out
# make test   set up, run every check and test
# make test-faults  many random kills, broken inputs and a full disk (takes long)
# make test-spark   a larger run on a Spark cluster of this machine (needs Java 17)
# make bench  what the whole job costs beside spaCy alone (BENCH=… for other articles)

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
BENCH ?= corpus/articles


.PHONY: demo test test-faults test-spark bench lint wheel clean

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(VENV)/.ready
	$(BIN)/dateline run corpus/articles --metadata corpus/metadata.csv -o outputs/demo --overwrite
	$(BIN)/dateline show diplomacy-brussels-sanctions outputs/demo

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/dateline rules check
	$(BIN)/python -m pytest

test-faults: $(VENV)/.ready
	$(BIN)/python -m pytest tests/test_faults.py tests/test_batch.py --long

test-spark: $(VENV)/.ready
	$(BIN)/python -m pytest tests/test_spark.py --long

wheel: $(VENV)/.ready
	$(BIN)/python -m build --wheel --outdir dist .

bench: $(VENV)/.ready
	$(BIN)/python -m pipeline.bench $(BENCH)

clean:
	rm -rf $(VENV) dist build
