# Everything starts here: `make up` for a first look, `make test` for proof. Needs Python 3.11 or newer and make; the
# Pulumi CLI is found or fetched by tools/get_pulumi.py, which says what it does.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A first `pulumi up` is nobody's production: stack `local` has a login, a state, a passphrase and the emulator's
# plugin for pulumi-gcp of its own, all of them inside this folder, and the user's stay as they are.
LOCAL := $(CURDIR)/.pulumi
GCP_PLUGIN := $(LOCAL)/gcp/.installed
REPORT := build/report.html
LANGUAGE := python
TYPESCRIPT := build/typescript
TYPESCRIPT_READY := $(TYPESCRIPT)/.ready
GO := build/go
GO_READY := $(GO)/.ready
# What programs in a language need, and what of it is linked into their folder.
READY_FOR_typescript := $(TYPESCRIPT_READY)
LINKED_FOR_typescript := $(TYPESCRIPT)/node_modules
READY_FOR_go := $(GO_READY)
LINKED_FOR_go := $(GO)/sdks
up preview destroy picture: export PULUMI_HOME := $(LOCAL)/home
up preview destroy picture: export PULUMI_BACKEND_URL := file://$(LOCAL)/state
up preview destroy picture: export PULUMI_CONFIG_PASSPHRASE :=
up preview destroy picture: export PULUMI_CREDENTIAL_STORE := plaintext
# Without it the CLI fetches a plugin for each provider package that it sees installed, used or not.
up preview destroy picture: export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION := true
up preview destroy picture: export PULUMI_SKIP_UPDATE_CHECK := true
up preview destroy picture: export PULUMI_SUPPRESS_NEO_LINK := true

# Pyright runs on Node; this extra brings it as a package, where pyright alone would download it from elsewhere.
PACKAGES := --editable '.[dev]' 'pyright[nodejs]'

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# As tools/get_pulumi.py: what was compiled for the CLI is not compiled again for programs in Go.
export GOFLAGS := $(GOFLAGS) -buildvcs=false -trimpath -tags=osusergo,grpcnotrace

# Pulumi takes python3 and the provider's start script from PATH. The environment comes first; Pulumi.yaml cannot name
# it, since with `main:` the language host and the provider would look for it in different folders.
WITH_CLI := cli="$$($(BIN)/python tools/get_pulumi.py)" && \
  export CTUNE_PULUMI_BIN="$$cli" PATH="$(CURDIR)/$(BIN):$$cli:$$PATH" &&
# A CLI that was built has the host of Python alone. What is added here stays behind what PATH has.
WITH_HOSTS := $(WITH_CLI) hosts="$$(python -m tools.get_language_hosts --cli "$$cli" yaml nodejs go)" && \
  export PATH="$$PATH$${hosts:+:$$hosts}" &&
WITH_STACK := mkdir -p "$(LOCAL)/state" && $(WITH_CLI) pulumi stack select --create local &&

.DEFAULT_GOAL := help
.PHONY: help setup up preview destroy picture report-picture test wheel test-oldest test-py314 check ci ci-phases bench constraints discovery clean
.PHONY: clients clients-aiplatform clients-js clients-go reference docs

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## virtual environment, package and Pulumi CLI, without running anything
	@$(WITH_HOSTS) echo "Ready: $$(pulumi version) in $$cli, $$(python --version) in $(VENV)"

ifeq ($(LANGUAGE),python)
up: $(READY) $(GCP_PLUGIN)  ## pulumi up of stack `local`, all of it on the emulator, and a report: no account, no cost (LANGUAGE=yaml, typescript or go: a chain without Python)
	@mkdir -p build && rm -f $(REPORT)
	@$(WITH_STACK) pulumi up --stack local --yes --skip-preview && \
	  { ctune report --stack local --output $(REPORT) 2> build/report.log || cat build/report.log >&2; } && \
	  pulumi stack export --stack local | python tools/after_up.py $(REPORT)

preview: $(READY) $(GCP_PLUGIN)  ## pulumi preview of stack `local`
	@$(WITH_STACK) pulumi preview --stack local

destroy: $(READY) $(GCP_PLUGIN)  ## pulumi destroy of stack `local`
	@$(WITH_STACK) pulumi destroy --stack local --yes --skip-preview
else
# The chain of examples/ in another language, its own project on an emulator of its own; Python runs the plugin alone.
up preview destroy: $(READY) $(READY_FOR_$(LANGUAGE))
	@mkdir -p "$(LOCAL)/state" "$(LOCAL)/vertex/buckets/examples" && cp stacks/datasets/*.jsonl "$(LOCAL)/vertex/buckets/examples"
	@rm -rf "$(LOCAL)/$(LANGUAGE)" && cp -R examples/$(LANGUAGE)/sft-then-rft "$(LOCAL)/$(LANGUAGE)"
	@$(if $(LINKED_FOR_$(LANGUAGE)),ln -s $(abspath $(LINKED_FOR_$(LANGUAGE))) "$(LOCAL)/$(LANGUAGE)")
	@$(WITH_HOSTS) cd "$(LOCAL)/$(LANGUAGE)" && pulumi stack select --create local && \
	  pulumi config set-all --stack local --plaintext ctune:project=local-project --plaintext ctune:region=us-central1 \
	    --plaintext "ctune:apiEndpoint=embedded:$(LOCAL)/vertex" --plaintext ctune:pollInterval=2s --plaintext datasets=gs://examples && \
	  pulumi $@ --stack local $(if $(filter preview,$@),,--yes --skip-preview)
endif

# Needs Chromium, in PATH or named by CHROME.
report-picture: $(READY)  ## take docs/report-*.png of the report that `make up` wrote
	@$(BIN)/python -m tools.report_picture $(REPORT) docs/report

picture: $(READY)  ## draw docs/stack.svg from stack `local` as `make up` left it
	@mkdir -p build
	@$(WITH_STACK) pulumi stack export --stack local > build/stack.json && \
	  python tools/stack_picture.py build/stack.json > build/stack.svg && mv build/stack.svg docs/stack.svg

$(GCP_PLUGIN): $(READY)
	@$(WITH_CLI) version="$$(python -m vertex_emulator.pulumi_gcp.launcher $(LOCAL)/gcp)" && \
	  pulumi plugin install resource gcp "$$version" --file $(LOCAL)/gcp --reinstall
	@touch $@

# The policy pack runs in an environment of its own, as it does for its users; tests/policies looks for it here.
POLICIES := build/policies
POLICIES_READY := $(POLICIES)/.ready

$(POLICIES_READY): policies/requirements.txt
	@$(FIND_PYTHON); "$$python" -m venv --clear $(POLICIES)
	@$(POLICIES)/bin/pip install --quiet --requirement $<
	@touch $@

# What TypeScript programs need: examples/typescript and `make up LANGUAGE=typescript` take it from here.
$(TYPESCRIPT_READY): tools/typescript/package-lock.json tools/pulumi-cli/generate-sdk/main.go pulumi_ctune/native/schema.json | $(READY)
	@$(BIN)/python -m tools.generate_sdk typescript $(TYPESCRIPT)
	@touch $@

# The same for Go.
$(GO_READY): examples/go/sft-then-rft/go.sum tools/pulumi-cli/generate-sdk/main.go pulumi_ctune/native/schema.json | $(READY)
	@$(BIN)/python -m tools.generate_sdk go $(GO)
	@touch $@

# tests/conftest.py has the groups, and the order that pytest-xdist keeps.
SPREAD := --numprocesses auto --dist loadgroup --no-loadscope-reorder
# The CLI's processes leave no bytecode behind: what none of them finds, each of them would compile.
COMPILED := $(BIN)/python -m compileall -q pulumi_ctune vertex_emulator

test: $(READY) $(POLICIES_READY) $(TYPESCRIPT_READY) $(GO_READY)  ## every test, the real Pulumi engine included (PYTEST="-k alias" for some of them)
	@$(COMPILED) && $(WITH_HOSTS) pytest $(SPREAD) --durations 10 $(PYTEST)

wheel: $(READY)  ## build the wheel, install it in an environment of its own, and use it from an empty folder
	@$(WITH_HOSTS) python tools/try_wheel.py build/wheel

check: $(READY)  ## format, lint and types, those of the Python blocks in README and docs included
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python -m tests.docs.python_blocks build/blocks
	$(BIN)/mypy build/blocks
	$(BIN)/pyright --pythonpath $(BIN)/python tests/typing build/blocks

# The oldest supported releases in an environment of their own; `make test` has the newest.
OLDEST := build/oldest
OLDEST_READY := $(OLDEST)/.ready

test-oldest: $(READY) $(OLDEST_READY)  ## tests of provider host, Vertex client and command on the oldest supported dependencies
	@$(WITH_CLI) $(OLDEST)/bin/python -m pytest $(SPREAD) tests/host tests/unit/test_vertex_*.py tests/cli $(PYTEST)

$(OLDEST_READY): pyproject.toml constraints-minimum.txt
	@$(FIND_PYTHON); "$$python" -m venv --clear $(OLDEST)
	@$(OLDEST)/bin/pip install --quiet --constraint constraints-minimum.txt --editable '.[test]'
	@touch $@

# Google's generated clients, tests/clients/README.md: each in an environment of its own, beside an emulator of its own.
CLIENTS := build/clients
BESIDE_EMULATOR := $(BIN)/python -m tests.clients.beside_emulator

clients: clients-aiplatform clients-js clients-go  ## Google's generated clients drive the emulator (needs Node 20 and Go 1.26)

clients-aiplatform: $(READY) $(CLIENTS)/aiplatform/.ready  ## the one for Python alone, as in `make ci`
	$(BESIDE_EMULATOR) $(CLIENTS)/aiplatform/bin/python -m pytest -q \
	  --config-file tests/clients/aiplatform/pytest.ini tests/clients/aiplatform

clients-js: $(READY) $(CLIENTS)/js/.ready
	cp tests/clients/genai_js/check.mjs $(CLIENTS)/js
	$(BESIDE_EMULATOR) node --test $(CLIENTS)/js/check.mjs

clients-go: $(READY)
	$(BESIDE_EMULATOR) go test -C tests/clients/genai_go -count 1 ./...

$(CLIENTS)/aiplatform/.ready: tests/clients/aiplatform/requirements.txt
	@$(FIND_PYTHON); "$$python" -m venv --clear $(CLIENTS)/aiplatform
	@$(CLIENTS)/aiplatform/bin/pip install --quiet --requirement $<
	@touch $@

$(CLIENTS)/js/.ready: tests/clients/genai_js/package.json tests/clients/genai_js/package-lock.json
	@mkdir -p $(CLIENTS)/js && cp $^ $(CLIENTS)/js
	@npm ci --prefix $(CLIENTS)/js --no-audit --no-fund --ignore-scripts --loglevel error
	@touch $@

# Zensical, in an environment of its own. `site` checks that opening a page asks nobody on the internet for anything.
SITE := build/site
SITE_READY := $(SITE)/environment/.ready

docs: $(READY) $(SITE_READY)  ## the documentation as a site, with search; fails for a link that leads nowhere
	@$(BIN)/python -m tools.site stage $(SITE)/source
	@cp tools/site/zensical.yml $(SITE)
	@$(SITE)/environment/bin/zensical build --strict --clean --config-file $(SITE)/zensical.yml
	@$(BIN)/python -m tools.site check $(SITE)/html
	@echo "To read it: $(BIN)/python -m http.server --directory $(SITE)/html --bind 127.0.0.1 8000"

$(SITE_READY): tools/site/requirements.txt
	@$(FIND_PYTHON); "$$python" -m venv --clear $(SITE)/environment
	@$(SITE)/environment/bin/pip install --quiet --requirement $<
	@touch $@

# Another Python than that of .venv, for machines that have both: 3.14 pickles providers in another way.
PY314 := build/py314
PY314_READY := $(PY314)/.ready

test-py314: $(READY) $(PY314_READY)  ## tests of provider host and units, and states and chains of the real CLI, on the python3.14 of PATH
	@$(WITH_CLI) $(PY314)/bin/python -m pytest $(SPREAD) tests/host tests/unit tests/upgrade tests/engine/test_chain.py $(PYTEST)

$(PY314_READY): pyproject.toml constraints.txt
	@python3.14 -m venv --clear $(PY314)
	@$(PY314)/bin/pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

CI_PHASES := check test wheel test-oldest clients-aiplatform docs

ci: $(CI_PHASES)  ## all that has to pass before a change goes in

ci-phases:  # for .ci/run, which gives each of them a limit
	@echo $(CI_PHASES)

bench: $(READY)  ## measure, and compare: docs/benchmarks.md says what (BENCH="--json FILE imports" for some of it)
	@$(WITH_CLI) python -m bench $(BENCH)

reference: $(READY)  ## write docs/reference and the schema of the plugin anew from the docstrings of pulumi_ctune
	$(BIN)/python -m tools.plugin_schema
	$(BIN)/python -m tools.reference

constraints:  ## write constraints*.txt anew: the newest and the oldest releases that pyproject.toml allows
	rm -rf build/constraints
	$(FIND_PYTHON) && "$$python" -m venv build/constraints/newest && "$$python" -m venv build/constraints/oldest
	build/constraints/newest/bin/pip install --quiet $(PACKAGES)
	build/constraints/newest/bin/python tools/lower_bounds.py > build/constraints/bounds.txt
	build/constraints/oldest/bin/pip install --quiet --constraint build/constraints/bounds.txt --editable '.[test]'
	build/constraints/newest/bin/pip freeze --exclude-editable > build/constraints/constraints.txt
	build/constraints/oldest/bin/pip freeze --exclude-editable > build/constraints/constraints-minimum.txt
	mv build/constraints/constraints.txt build/constraints/constraints-minimum.txt .
	rm -rf build/constraints

discovery: $(READY)  ## write the extracts of the API's schema anew (WHEEL=FILE: from this google-api-python-client)
	$(BIN)/python tools/extract_discovery.py $(if $(WHEEL),--wheel "$(WHEEL)")

clean:  ## remove the environment, stack `local` with its emulator, and caches; the CLI in ~/.cache stays
	rm -rf $(VENV) .pulumi stacks/emulator build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
FIND_PYTHON := python=""; for each in $(PYTHONS); do \
    if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi; \
  done; \
  if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed; tried: $(PYTHONS). Name one: make PYTHON=/path/to/python" >&2; exit 1; fi

$(READY): pyproject.toml constraints.txt
	@$(FIND_PYTHON); \
	  echo "Setting up $(VENV) with $$("$$python" --version) and the package: about two minutes, this once ..."; \
	  "$$python" -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --constraint constraints.txt $(PACKAGES)
	@touch $@
