.PHONY: help setup system demo up down test test-all lint check mutants bench lock sagemaker-wheels clean
.DEFAULT_GOAL := help
PYTHON := $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
STAMP := $(VENV)/.installed
SAGEMAKER := .venv-sagemaker
SAGEMAKER_STAMP := $(SAGEMAKER)/.installed
MUTANTS := .venv-mutants
MUTANTS_STAMP := $(MUTANTS)/.installed
# In the order of folders: what takes minutes comes first, so that no process waits for the other at the end.
PYTEST := $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

system:
	@PYTHON="$(PYTHON)" sh requirements/system.sh

$(STAMP): constraints.txt pyproject.toml | system
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(PY) -m pip install --quiet --disable-pip-version-check uv
	$(UV) pip sync --quiet --python $(PY) --require-hashes constraints.txt
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	touch $@

# An environment of its own ($(1)) for what is pinned in $(2); whatever else that imports is the project's.
define environment
	test -x $(1)/bin/python || $(PYTHON) -m venv --without-pip $(1)
	$(UV) pip sync --quiet --python $(1)/bin/python --require-hashes $(2)
	$(PY) -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
	  > $(1)/lib/python3.11/site-packages/project.pth
	touch $(1)/.installed
endef

# SageMaker's own toolkits, as in its containers.
$(SAGEMAKER_STAMP): requirements/sagemaker.txt $(STAMP)
	@PYTHON="$(PYTHON)" sh requirements/system.sh compiler
	$(call environment,$(SAGEMAKER),requirements/sagemaker.txt)

$(MUTANTS_STAMP): requirements/mutants.txt $(STAMP)
	$(call environment,$(MUTANTS),requirements/mutants.txt)

setup: system $(STAMP) ## make .venv with everything pinned and hashed

demo: setup ## the main job end to end: [DATA=folder] [WEIGHTS=file.pt] [PROFILE=name] [BREAK=undertrained]
	@$(PY) -m safety_tasks.demo run --data "$(DATA)" --weights "$(WEIGHTS)" --profile "$(PROFILE)" --break "$(BREAK)" --owner $$PPID

up: setup ## start Airflow and S3 on this machine and leave them running: [RECIPE=demo] [PROFILE=demo]
	@$(PY) -m safety_tasks.demo up --recipe "$(or $(RECIPE),demo)" --profile "$(or $(PROFILE),demo)"

down: setup ## stop what `make up` started
	@$(PY) -m safety_tasks.demo down

test: setup $(SAGEMAKER_STAMP) ## the test suite, each repeated fault once, but for what starts an Airflow of its own
	$(PYTEST) --ignore tests/e2e

test-all: test ## the suite, whole rehearsals in a running Airflow, then the repeated faults in full counts
	$(PY) -m pytest tests/e2e
	SAFETY_TASKS_FULL_COUNTS=1 $(PYTEST) -m repeated

lint: setup ## ruff, mypy strict, import layers
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo

check: lint $(SAGEMAKER_STAMP) ## lint and quick unit tests, under a minute
	$(PYTEST) tests/unit -m "not slow"

mutants: setup $(MUTANTS_STAMP) ## which changes of the gate's code does no test see? Hours; goes on where it was cut
	$(MUTANTS)/bin/python tests/support/mutate.py run
	$(MUTANTS)/bin/python tests/support/mutate.py results --all true | (cd tests && ../$(PY) -m support.mutants)

bench: setup ## measure side by side: [ONLY=name]
	@$(PY) -m benchmarks $(if $(ONLY),--only $(ONLY))

lock: setup ## pin requirements/*.in again, with hashes
	$(UV) pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url -q requirements/dev.in -o constraints.txt
	$(UV) pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url -q requirements/edge.in -o requirements/edge.txt
	$(UV) pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url -q requirements/sagemaker.in -o requirements/sagemaker.txt
	$(UV) pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url -q requirements/mutants.in -o requirements/mutants.txt

WHEELS ?= var/sagemaker-wheels
sagemaker-wheels: setup ## the wheels that a SageMaker job installs without a network: [WHEELS=folder]
	mkdir -p "$(WHEELS)" && rm -f "$(WHEELS)"/*.whl
	$(PY) -m safety_tasks.cloud.wheels requirements/sagemaker-job.in constraints.txt > "$(WHEELS).txt"
	$(PY) -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
	  --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none --platform manylinux2014_x86_64 \
	  --platform manylinux_2_17_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_28_x86_64 \
	  --dest "$(WHEELS)" --requirement "$(WHEELS).txt"

clean: ## stop the stack and remove state and caches (keeps .venv and var/bench)
	@if [ -x $(PY) ] && [ -f var/up/stack.json ]; then $(PY) -m safety_tasks.demo down; fi
	@if [ -d var ]; then find var -mindepth 1 -maxdepth 1 ! -name bench -exec rm -rf {} +; fi
	rm -rf mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -exec rm -rf {} +
