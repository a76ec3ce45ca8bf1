# The daily words. None is needed: README.md has the plain commands.
UV ?= $(shell command -v uv || echo .boot/bin/uv)
SCENARIO ?= latency
# The Python of the deployed functions; `make test-runtime RUNTIME=3.12` for another one.
RUNTIME ?= $(shell sed -n 's/^ *Runtime: python//p' template.yaml)

HERE = .aws-sam/here
SAM = UV=$(abspath $(UV)) SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 $(UV) tool run -q --from aws-sam-cli==1.170.0 sam

.PHONY: rehearse rehearse-all test test-deploy test-runtime bench-cold-start bench-cost check lint-template build build-here format clean

rehearse: .boot ## play one scenario: make rehearse SCENARIO=p99
	$(UV) run --locked guardian rehearse $(SCENARIO)

rehearse-all: .boot ## play every scenario with seeds 1 to 5
	$(UV) run --locked guardian rehearse --all --seed 1 --seed 2 --seed 3 --seed 4 --seed 5

test: .boot ## run the tests
	$(UV) run --locked pytest -q -n auto

test-deploy: .boot ## deploy the built artifact with SAM into MiniStack, invoke it, update it, remove it; four minutes
	$(UV) run --locked pytest -q -m ministack tests/deploy

# Looks on the PATH, among uv's own, and among what pyenv holds without having switched it on.
test-runtime: .boot ## pass the pure stages' tests under the functions' Python, where there is one
	@held=$$(pyenv versions --bare 2>/dev/null | grep -E '^$(subst .,\.,$(RUNTIME))\.[0-9]+$$' | tail -n 1); \
	python=$$(PYENV_VERSION=$$held $(UV) python find --no-python-downloads --system $(RUNTIME) 2>/dev/null); \
	if [ -z "$$python" ]; then echo "skipped: no Python $(RUNTIME) here"; exit 0; fi; \
	set -e; "$$python" --version; \
	"$$python" -W error -X pycache_prefix=.aws-sam/pycache-$(RUNTIME) -m compileall -q -f layers/guardian/guardian functions; \
	export UV_PROJECT_ENVIRONMENT=.venv-$(RUNTIME); \
	$(UV) sync --quiet --locked --python "$$python"; \
	$(UV) run --quiet --locked --python "$$python" pytest -q -n auto tests/unit tests/property tests/judge tests/loop

check: .boot lint-template ## lint, types, import contracts, template
	$(UV) lock --check
	$(UV) run --locked ruff check
	$(UV) run --locked ruff format --check
	$(UV) run --locked mypy
	$(UV) run --locked lint-imports

# cfn-lint reads the translated template too: only there it sees unknown IAM actions. The two tools that pin other versions
# than the lock's run beside it.
lint-template: .boot ## template.yaml as SAM, as CloudFormation, and by the rules of security
	$(SAM) validate --lint
	AWS_DEFAULT_REGION=eu-west-1 $(UV) tool run -q --from aws-sam-translator==1.115.0 --with pyyaml==6.0.3 \
	  python tests/template/translate.py template.yaml .aws-sam/translated.json
	$(UV) run --locked cfn-lint template.yaml examples/rollback-needed-alarm.yaml .aws-sam/translated.json
	$(UV) tool run -q --from checkov==3.3.30 checkov --config-file .checkov.yaml --file template.yaml

build: .boot ## build what is deployed into .aws-sam/build
	$(SAM) build --build-in-source

# The same lock and the same recipe, with wheels for this machine's Python and processor instead of Lambda's.
build-here: .boot ## build the artifact so that it runs here, and beside it what Lambda's runtime brings
	rm -rf $(HERE) $(HERE).inputs
	mkdir -p $(HERE).inputs && cp -r template.yaml uv.lock functions layers $(HERE).inputs
	PYVER=$$($(UV) run --locked python -c 'import sys; print("%d.%d" % sys.version_info[:2])') ARCH=$$(uname -m) \
	  $(SAM) build --build-in-source --build-dir $(HERE)
	for part in runtime clock; do \
	  $(UV) export --quiet --frozen --no-emit-project --only-group lambda-$$part --output-file $(HERE)/$$part.txt && \
	  $(UV) pip install --quiet --no-deps --no-build --require-hashes --python .venv --target $(HERE)/$$part --requirement $(HERE)/$$part.txt || exit 1; \
	done
	mv $(HERE).inputs $(HERE)/inputs

bench-cold-start: build-here ## measure how fast each function starts, into docs/cold-start.md
	$(UV) run --locked python -m benchmarks.cold_start --write docs/cold-start.md

bench-cost: .boot ## count what a guarded deployment asks of AWS and what that costs, into docs/cost.md
	$(UV) run --locked python -m benchmarks.cost --write docs/cost.md

format: .boot
	$(UV) run --locked ruff check --fix
	$(UV) run --locked ruff format

.boot: ## uv, for machines that have none
	python3 -m venv .boot && .boot/bin/pip install -q uv

clean:
	rm -rf .venv .venv-* .boot .aws-sam .mypy_cache .ruff_cache .pytest_cache
