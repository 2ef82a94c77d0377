# make demo: the embedded default, from made-up DICOM to the report. make test: the tests. make test-long: those of
# minutes each. make test-cluster: those with a real SLURM. make bench: docs/benchmarks.md. Each makes their environment.
PYTHON ?= python3
CORES ?= $(shell env -u OMP_NUM_THREADS nproc)
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/made
# what only benchmarks compare with, beside what tests compare with
COMPARED := $(VENV)/compared
RUN := $(BIN)/python workflow_scripts/run.py

# a run starts its library hundreds of times: it is compiled once
unexport PYTHONDONTWRITEBYTECODE

# axe-core, by which tests look at the report's page; without npm or a registry they are skipped
AXE_VERSION := 4.14.1
AXE := $(VENV)/axe.min.js

.PHONY: demo test test-fast test-long test-cluster bench lint axe clean

demo: $(MADE)
	$(RUN) --cores $(CORES) --quiet rules
	@echo "The report is $(CURDIR)/results/report/index.html"

# A process of one thread a core; tests of one file stay together, as they share what is dear to make.
TESTS := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(CORES) --dist loadfile --ignore tests/cluster

test: $(MADE)
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory axe || echo "axe-core is not to be had"; fi
	$(TESTS) -m "not long"

test-fast: $(MADE)
	$(TESTS) -m "not slow and not long"

# Twenty kills at random moments, twice, and the image's environment from nothing: eight minutes.
test-long: $(MADE)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m long tests/workflow/test_kills.py tests/unit/test_containers.py

# A SLURM of one node is started here, and taken down: wants Debian's slurm-wlm and munge, and root.
test-cluster: $(MADE)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rs tests/cluster

lint: $(MADE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/python -m mypy
	$(BIN)/snakemake --lint --configfile config.yaml

# The stamp is written last: an interrupted installation is begun anew.
$(MADE): envs/requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r envs/requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(MADE)

# CMR_TEST_DATA names a folder with acdc/, sunnybrook/ and srheart/; without it inputs are the phantom's. Nothing else
# should run on the machine meanwhile.
bench: $(COMPARED)
	$(BIN)/python -m benchmarks.run $(STAGES)

$(COMPARED): $(MADE) envs/benchmarks.lock
	$(BIN)/python -m pip install --quiet --no-deps -r envs/benchmarks.lock
	touch $(COMPARED)

axe: $(AXE)

$(AXE): $(MADE)
	cd $(VENV) && npm pack --silent axe-core@$(AXE_VERSION)
	tar -xzOf $(VENV)/axe-core-$(AXE_VERSION).tgz package/axe.min.js > $(AXE).part
	mv $(AXE).part $(AXE)

clean:
	rm -rf $(VENV) results .snakemake
