# The verbs of the project. `make` lists them. Everything they need is installed into .venv, once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup test check docs demo bench soak lock

ENV := .venv
BIN := $(ENV)/bin
RUN := $(ENV)/.run
DEMO := $(ENV)/.demo
DEV := $(ENV)/.dev
PEERS := .venv-peers/.peers
WEB := src/beffroi/console/web/index.html

help:
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

# ---- What is installed. A stamp is as old as the locks that it stands for.

$(RUN): requirements/build.lock requirements/node.lock requirements/run.lock requirements/install pyproject.toml
	@requirements/install $(ENV) build node run project
	@touch $@

$(DEMO): requirements/demo.lock $(RUN)
	@requirements/install $(ENV) demo
	@touch $@

$(DEV): requirements/dev.lock $(RUN)
	@requirements/install $(ENV) dev
	@touch $@

$(PEERS): requirements/peers.lock requirements/install
	@requirements/install .venv-peers peers
	@touch $@

# What cannot be built is left out, with a word why; the rest works without.
$(WEB): $(shell find web -name node_modules -prune -o -type f -print) hatch_build.py | $(RUN)
	@$(BIN)/python hatch_build.py

# ---- The verbs.

setup: $(DEV) $(DEMO) $(WEB) ## everything that a developer needs

# ONLY=feeds/opensky: that member's tests and its contracts. ONLY=kernels: that folder.
test: $(DEV) $(DEMO) $(WEB) ## the tests; ONLY=feeds/NAME for one member
ifdef ONLY
	$(BIN)/python -m pytest $(if $(wildcard tests/$(ONLY)/.),tests/$(ONLY),\
	  $(wildcard tests/$(patsubst %/,%,$(dir $(ONLY))) tests/contracts) -k $(notdir $(ONLY)))
else
	$(BIN)/python -m pytest -n 2 --dist loadgroup
endif

check: $(DEV) ## style, types and the floors
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(RUN) ## the generated lists in docs/
	$(BIN)/python docs/lists.py

demo: $(DEMO) $(WEB) ## real traffic and simulated drones; HEADLESS=1 for the summary alone; MINUTES=30 for a part
	$(BIN)/beffroi demo --out out/demo --browse $(if $(HEADLESS),--headless) $(if $(SPEED),--speed $(SPEED)) $(if $(MINUTES),--minutes $(MINUTES))

bench: $(DEMO) $(DEV) $(PEERS) ## every figure beside its peer, into docs/bench.md; ONLY=NAME for one; QUICK=1 to try
	BEFFROI_PEERS=.venv-peers/bin/python $(BIN)/python benchmarks/table.py $(if $(QUICK),--quick) $(ONLY)

soak: $(DEV) $(DEMO) ## the long campaigns in full, into the bench table
	mkdir -p out && : >out/soak.jsonl
	BEFFROI_SOAK=1 BEFFROI_SOAK_ROWS=$(CURDIR)/out/soak.jsonl $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 3600; failed=$$?; \
	  $(BIN)/python benchmarks/table.py --soak out/soak.jsonl; exit $$failed

# ---- The locks: one answer for every Python and machine, hashes, and no host.

COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-header --no-emit-index-url $(UPGRADE)

lock: $(BIN)/uv ## resolve the locks again; UPGRADE=--upgrade for newer versions
	$(COMPILE) pyproject.toml --group dev --group build -o requirements/dev.lock
	$(COMPILE) pyproject.toml -c requirements/dev.lock -o requirements/run.lock
	$(COMPILE) --group build -c requirements/dev.lock -o requirements/build.lock
	$(COMPILE) --group node -c requirements/dev.lock -o requirements/node.lock
	$(COMPILE) --group demo --no-deps -o requirements/demo.lock
	$(COMPILE) --group peers -o requirements/peers.lock
	@for python in 3.11 3.12 3.13; do for machine in x86_64 aarch64; do for lock in requirements/dev.lock requirements/node.lock requirements/demo.lock requirements/peers.lock; do \
	  $(BIN)/uv pip compile -q --no-deps --only-binary :all: --python-version $$python \
	    --python-platform $$machine-manylinux_2_28 $$lock >/dev/null || \
	    { echo "$$lock: no wheel for Python $$python on $$machine" >&2; exit 1; }; \
	done; done; done

$(BIN)/uv: | $(RUN)
	@requirements/install $(ENV) dev
