# Two commands set up everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Prosimos, a peer to measure beside, has an environment of its own.
PEER := .bench-venv
PEER_PINS := benchmarks/requirements-prosimos

.PHONY: demo test compile lint types slow gallery bench bench-simulation bench-mining bench-pairing bench-experiments bench-distances bench-accuracy bench-order-to-cash bench-workbench lock lock-peer clean

demo: $(STAMP)
	$(BIN)/o2c demo --output out/demo --force

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal

slow: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal -m slow

# The simulator as machine code: same results, less time. Needs a C compiler and some minutes.
compile: $(STAMP)
	$(BIN)/python -m o2c_sim.compilation

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

bench: bench-simulation bench-mining bench-experiments

# BENCH=--million adds a million orders, BENCH=--quick is a check. Without Prosimos or a C compiler
# the rest runs.
bench-simulation: $(STAMP)
	@[ $(PEER)/.installed -nt $(PEER_PINS).txt ] || { \
		$(PYTHON) -m venv --clear $(PEER) && \
		$(PEER)/bin/python -m pip install --quiet --require-hashes --only-binary :all: --no-deps \
			-r $(PEER_PINS).txt && \
		touch $(PEER)/.installed; } || { rm -rf $(PEER); \
		echo "Prosimos cannot be installed here (it needs Python 3.11 or 3.12 and a network)"; }
	$(BIN)/python -m o2c_sim.compilation || true
	$(BIN)/python -m benchmarks.simulation --prosimos $(PEER)/bin/python $(BENCH)

# BENCH=--large adds ten million events (minutes, and gigabytes for pm4py), BENCH=--quick is a check.
bench-mining: $(STAMP)
	$(BIN)/python -m benchmarks.mining $(BENCH)

# What common random numbers save; BENCH="--scenarios case_a --replications 20" for some.
bench-pairing: $(STAMP)
	$(BIN)/python -m benchmarks.common_random_numbers $(BENCH)

# BENCH=--whole-sweep runs all 200 x 30 of the sweep (hours), BENCH=--quick is a check.
bench-experiments: $(STAMP)
	$(BIN)/python -m o2c_sim.compilation || true
	$(BIN)/python -m benchmarks.experiments $(BENCH)

# Against the reference implementation of the log distances, in the environment of the peer.
bench-distances: $(STAMP)
	$(BIN)/python -m benchmarks.distances --reference $(PEER)/bin/python $(BENCH)

# The discovered model on the logs of the literature; needs the public logs.
bench-accuracy: $(STAMP)
	$(BIN)/python -m benchmarks.accuracy $(BENCH)

# The start page, the first answer and the final one of the default what-if.
bench-workbench: $(STAMP)
	$(BIN)/python -m benchmarks.workbench $(BENCH)

# Two companies calibrated and judged by a month that they have not seen; needs the public logs.
bench-order-to-cash: $(STAMP)
	$(BIN)/python -m benchmarks.order_to_cash $(BENCH)

# DATA is a folder of real logs; without it the gallery shows simulated ones only.
DATA ?= data
gallery: $(STAMP)
	$(BIN)/python -m reports.gallery --data $(DATA) --output docs/gallery

# Rewrites the pinned, hashed requirements; needs `uv` on the PATH, nothing else does.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --upgrade \
		--custom-compile-command "make lock" --all-extras --group dev \
		pyproject.toml -o requirements.txt

# --no-deps: the reason stands in the file that it reads.
lock-peer:
	uv pip compile --universal --python-version 3.11 --generate-hashes --upgrade \
		--custom-compile-command "make lock-peer" --no-deps --no-annotate --only-binary :all: \
		$(PEER_PINS).in -o $(PEER_PINS).txt

$(STAMP): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(STAMP)

clean:
	rm -rf $(VENV) $(PEER) .compiled out dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
