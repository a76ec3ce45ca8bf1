# The daily words. None is needed: README.md has the plain commands.
UV ?= $(shell command -v uv || echo .boot/bin/uv)
SCENARIO ?= latency

.PHONY: rehearse rehearse-all test check build format docs clean

rehearse: .boot ## play one scenario: make rehearse SCENARIO=p99
	$(UV) run --locked guardian rehearse $(SCENARIO)

rehearse-all: .boot ## play every scenario with seeds 1 to 5
	$(UV) run --locked guardian rehearse --all --seed 1 --seed 2 --seed 3 --seed 4 --seed 5

test: .boot ## run the tests
	$(UV) run --locked pytest -q -n auto

check: .boot ## lint, types, import contracts, template
	$(UV) lock --check
	$(UV) run --locked ruff check
	$(UV) run --locked ruff format --check
	$(UV) run --locked mypy
	$(UV) run --locked lint-imports
	AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0 $(UV) tool run -q --from aws-sam-cli==1.170.0 sam validate --lint

build: .boot ## build what is deployed into .aws-sam/build
	UV=$(abspath $(UV)) SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 $(UV) tool run -q --from aws-sam-cli==1.170.0 sam build --build-in-source

format: .boot
	$(UV) run --locked ruff check --fix
	$(UV) run --locked ruff format

.boot: ## uv, for machines that have none
	python3 -m venv .boot && .boot/bin/pip install -q uv

clean:
	rm -rf .venv .boot .aws-sam .mypy_cache .ruff_cache .pytest_cache
