# fer_lab: everything that people call. `make` alone lists it. GNU make 3.81 or later.
#
# Every variable given on the command line under a lower-case name becomes a Hydra override:
#     make reproduce-table-7.8 source=real paths.data=/where/it/is seed=0

PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys.executable)' 2>/dev/null && exit; \
	done; echo python3)
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.fer_lab-is-installed
CLUSTER := .venv-cluster
CLUSTER_READY := $(CLUSTER)/.fer_lab-is-installed
UV := UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 $(BIN)/uv

# The command line's variables, each quoted for the shell; the Makefile's own are written in capitals.
given = $(foreach name,$(sort $(.VARIABLES)),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
own := PYTHON UV_VERSION VENV CLUSTER SHELL MAKE% FER_LAB_%
overrides = $(foreach name,$(filter-out $(own),$(given)),'$(name)=$(subst ','\'',$(value $(name)))')

# What `make clean` removes: results that are not committed, and Hydra's own folders.
made = $(wildcard results/runs results/sweeps results/searches results/tables results/figures results/doctor results/report results/report.lock results/wandb results/backbones outputs multirun build)
kept = $(wildcard .cache $(VENV) $(CLUSTER) .mypy_cache .ruff_cache .pytest_cache .hypothesis)

# Says what a list of folders takes on disk, each and in all, then removes them.
define remove
@if [ -z "$(strip $(1))" ]; then echo "nothing to remove"; else \
	du -smc $(1) | awk '{ printf "%8d MB  %s\n", $$1, $$2 == "total" ? "in all, removed" : $$2 }'; rm -rf $(1); fi
endef

# A lock keeps the versions that its file has as far as they fit: that of clusters begins with those of the other one.
lock = $(UV) pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help setup setup-cluster lint test test-all test-cluster benchmarks benchmark-gpu benchmark-statistics smoke tables report docs backbone build lock clean clean-all

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' Makefile
	@echo "Lower-case variables are forwarded, e.g. make reproduce-table-7.8 source=real paths.data=/where/it/is"

setup: $(READY) ## make the environment in .venv, with all extras (every other target does it by itself)
	@echo "Ready. To enter the environment: . $(BIN)/activate"

$(READY): requirements.lock pyproject.toml tools/check_machine.py
	@command -v "$(PYTHON)" >/dev/null || { echo "make setup: no $(PYTHON) here. Do: install Python 3.11 or later" \
		"(Debian, Ubuntu: apt-get install -y python3 python3-venv)" >&2; exit 1; }
	@echo "1/5 looking whether this machine has what is needed"
	@"$(PYTHON)" tools/check_machine.py $(VENV)
	@echo "2/5 making the environment in $(VENV)"
	@test -x $(BIN)/python -a -x $(BIN)/pip || "$(PYTHON)" -m venv --clear $(VENV)
	@echo "3/5 fetching uv $(UV_VERSION), which installs the rest"
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@echo "4/5 downloading and installing $$(grep -c '^[a-z].*==' requirements.lock) packages (minutes)"
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@echo "5/5 installing fer_lab itself"
	@$(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

setup-cluster: $(CLUSTER_READY) ## make the environment in .venv-cluster, with the extras slurm and ray (docs/clusters.md)
	@echo "Ready. To enter the environment: . $(CLUSTER)/bin/activate"

$(CLUSTER_READY): requirements-cluster.lock pyproject.toml | $(READY)
	@echo "1/2 downloading and installing what sweeps on a cluster need (minutes)"
	@test -x $(CLUSTER)/bin/python || "$(PYTHON)" -m venv --clear $(CLUSTER)
	@$(UV) pip sync -q --python $(CLUSTER)/bin/python --require-hashes --compile-bytecode requirements-cluster.lock
	@echo "2/2 installing fer_lab itself"
	@$(UV) pip install -q --python $(CLUSTER)/bin/python --no-deps -e .
	@touch $@

lint: $(READY) ## ruff (rules and format) and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(READY) ## the test suite, a file a core; tests on real data run if FER_LAB_DATA names their folder
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not long"

test-all: $(READY) ## the same with what takes half a minute and more each: kills at every stage, two ranks, rehearsed benchmarks
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

test-cluster: $(CLUSTER_READY) ## sweeps through a real Slurm and a real Ray on this machine (minutes; packages: docs/clusters.md)
	@FER_LAB_TEST_CLUSTER=1 $(CLUSTER)/bin/python -m pytest -q -m cluster tests/cluster

benchmarks: $(READY) ## measure every ratio of docs/benchmarks.md (minutes each); only=loader,faces: some of them
	@$(BIN)/python benchmarks/run_all.py --only '$(only)'

benchmark-gpu: ## measure one GPU, in a budget of 8 minutes, with the PyTorch and Lightning that python3 has; needs no setup
	@$(or $(GPU_PYTHON),python3) benchmarks/gpu.py $(if $(fer2013),--fer2013 '$(fer2013)') $(if $(wheels),--wheels '$(wheels)')

benchmark-statistics: $(READY) ## simulate cells: do intervals and tests keep their promises? (half an hour)
	@$(BIN)/python benchmarks/simulated_statistics.py --page docs/statistics.md

smoke: $(READY) ## the whole way from files to a table in miniature (1 minute)
	@$(BIN)/fer-lab reproduce 7.8 profile=smoke seed=0 $(overrides)

reproduce-table-%: $(READY) ## train what is missing of a printed table and render it: make reproduce-table-7.8
	@$(BIN)/fer-lab reproduce $* $(overrides)

reproduce-thesis-%: $(READY) ## the same for every table of a thesis: make reproduce-thesis-garcia_zapata_2018
	@$(BIN)/fer-lab reproduce-thesis $* $(overrides)

tables: $(READY) ## render every table from the finished runs; trains nothing
	@$(BIN)/fer-lab tables $(overrides)

report: $(READY) ## write a site of all finished runs to results/report: tables, cells, claims, audit
	@$(BIN)/fer-lab report $(overrides)

docs: $(READY) ## write the documentation as a site to build/docs, its notebooks run; works without a network
	@$(BIN)/python -m sphinx -q -W --keep-going -c docs -d build/doctrees . build/docs
	@echo "build/docs/index.html"

backbone: $(READY) ## train the backbones that ship again, into results/backbones, and say how close they come
	@$(BIN)/python tools/train_backbone.py

build: $(READY) ## build the wheel that installs without this checkout: dist/fer_lab-*.whl
	@$(BIN)/python -m hatchling build -t wheel -d dist

lock: $(READY) ## write both locks anew from pyproject.toml (all platforms, hashes, no index addresses)
	@$(lock) --extra crate --extra dashboards --extra dlib --extra docs --extra export --extra search --extra serve --extra slurm -o requirements.lock
	@cp requirements.lock requirements-cluster.lock
	@$(lock) --extra slurm --extra ray -o requirements-cluster.lock

clean: ## remove finished runs, rendered results and outputs, saying what that frees
	$(call remove,$(made))

clean-all: ## remove the caches (.cache) and the environment (.venv) as well
	$(call remove,$(made) $(kept))
	@$(if $(FER_LAB_CACHE),echo "FER_LAB_CACHE=$(FER_LAB_CACHE) is left as it is")
