# Every target sets itself up: the first one to run makes .venv (Python >= 3.11).
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-all test-clients check format docs gpu site site-links release clean

demo: .venv/installed
	$(BIN)/python -m benchmarks run zero-shot-rectangle --agents tem-t lstm --preset quick --seeds 0
	$(BIN)/python -m benchmarks figures zero-shot-rectangle --preset quick --runs runs
	@echo
	@echo "Above: the accuracy of both agents and of the reference agents, and the paths of the figures."
	@echo "Loop closures need a map: node-agent has one, edge-agent only remembers the transitions it has seen. Try next:"
	@echo "  $(BIN)/python -m benchmarks rollout tem-t --env Rectangle    # watch a trained agent predict"
	@echo "  $(BIN)/python -m benchmarks list                             # the other experiments"
	@echo "  docs/bring-your-own-agent.md                                 # score a model of your own"

test: .venv/installed
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

# Longer: every pair of experiment and variant is trained, other versions of Gymnasium and Python are tried, the site is
# built, and the path of a rat is walked along.
test-all: .venv/installed-all
	$(BIN)/python -m pytest -n auto --dist worksteal

# At most half an hour: other libraries, each in an environment of its own, do what their documentation does first.
test-clients: .venv/installed
	$(BIN)/python -m tests.clients

check: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports

format: .venv/installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Pages and tables that are made from docstrings and results.
docs: .venv/installed
	$(BIN)/python -m benchmarks docs

# What is to be done where there is a GPU, in so many minutes; a rehearsal where there is none.
MINUTES ?= 10
gpu: .venv/installed
	$(BIN)/python -m benchmarks gpu --minutes $(MINUTES)

# The site of all pages in build/site: no warning, and no link of its own that leads nowhere. Needs no network.
site: .venv/installed-site
	$(BIN)/python -m website

# Links to elsewhere, which needs a network; after `make site`.
site-links: .venv/installed-site
	$(BIN)/python -m sphinx --builder linkcheck --quiet --conf-dir website build/site-source build/site-links

.venv/installed-all: .venv/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,nwb,rat,data,site,release]'
	touch $@

.venv/installed-site: .venv/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,site]'
	touch $@

# A rehearsal: builds and checks what would be published, and says what a person has left to do. Publishes nothing.
release: .venv/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,release]'
	$(BIN)/python -m release

clean:
	rm -rf .venv .venv-clients runs build dist

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hippo-envs needs Python 3.11 or newer: run make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@
