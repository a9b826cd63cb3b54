# Sets up .venv from pinned requirements, whose digests pip checks, and calls snakemake and pytest. The README has the plain commands.
PYTHON ?= python3
CORES ?= $(shell getconf _NPROCESSORS_ONLN)
BIN := .venv/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-tools test-vllm test-slurm test-gpu test-paper test-network lint report status

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

.venv/run: requirements.txt requirements-cpu.txt requirements-cuda.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "error: Python 3.11 is needed, this is %s; give another one: make PYTHON=python3.11 ..." % sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP_INSTALL) -r requirements.txt
	$(BIN)/python $(PIP_INSTALL) -r requirements-cpu.txt 2>/dev/null || $(BIN)/python $(PIP_INSTALL) -r requirements-cuda.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(BIN)/python $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

.venv-vllm/all: requirements-vllm.txt
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/python $(PIP_INSTALL) -r requirements-vllm.txt
	@touch $@

.venv-gpu/all: envs/training.yaml requirements-dev.txt requirements.txt
	$(PYTHON) -m venv .venv-gpu
	.venv-gpu/bin/python $(PIP_INSTALL) -r requirements-dev.txt
	sed -n 's/^ *- \(.*==.*\)$$/\1/p' envs/training.yaml | .venv-gpu/bin/python $(PIP_INSTALL) -r /dev/stdin
	@touch $@

run: .venv/run ## The miniature, from problems to tables and figures (results/miniature)
	MIXDISTILL_WARM=1 $(BIN)/snakemake --cores $(CORES) --retries 1

test: .venv/dev ## Everything that is checked in minutes
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

test-slow: .venv/dev ## What takes longer: whole runs, killed and continued
	$(BIN)/python -m pytest -m slow -n 2 --dist loadfile

test-slurm: .venv/dev ## A run on a Slurm of this machine's own, hurt in many ways (as root; packages: .ci/run)
	$(BIN)/python -m pytest -m slurm -n 4 --dist loadfile

test-tools: .venv/dev ## The report in Chromium, tables in LaTeX (packages: .ci/run)
	$(BIN)/python -m pytest -m tools

test-paper: .venv/dev ## The whole of config/paper.yaml on stand-ins; needs ../shared/data
	$(BIN)/python -m pytest -m paper

test-network: .venv/dev ## Whether the pins of envs/ still are what the package index resolves them to
	$(BIN)/python -m pytest -m network

test-gpu: .venv-gpu/all ## Training on a GPU, with the pins of envs/training.yaml; on two if there are two
	.venv-gpu/bin/python -m pytest -m gpu

test-vllm: .venv-vllm/all ## The vLLM engine on CPU, in an environment of its own (4 GB)
	OMP_NUM_THREADS=1 .venv-vllm/bin/python -m pytest -m vllm

lint: .venv/dev ## What pre-commit runs
	$(BIN)/pre-commit run --all-files

report: .venv/run ## Snakemake's report of the miniature, as one page (results/miniature/snakemake-report.html)
	$(BIN)/snakemake --report results/miniature/snakemake-report.html

status: .venv/run ## What is done and what is not
	$(BIN)/python workflow/scripts/status.py
