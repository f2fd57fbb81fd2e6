# Werkstatt: what one types. Everything happens in a private environment, .venv;
# settings come from the environment (WERKSTATT_PORT, WERKSTATT_INSTANCE ...).

PYTHON ?= python3
VENV ?= .venv
PY = $(VENV)/bin/python
PIP = $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# PostgreSQL needs its driver; SQLite, the default, needs nothing.
RUN_EXTRA := $(if $(findstring postgresql,$(WERKSTATT_DATABASE_URL)),[postgresql])
RUN_STAMP := $(VENV)/.stamp-run$(if $(RUN_EXTRA),-postgresql)
TEST_STAMP := $(VENV)/.stamp-test
BENCH_STAMP := $(VENV)/.stamp-bench

LANGUAGES := $(wildcard werkstatt/translations/*/LC_MESSAGES/messages.po)
CATALOGUES := $(LANGUAGES:.po=.mo)
TEMPLATE_OF_MESSAGES := .cache/messages.pot

COMMA := ,

# The long forms and the pictures, as far as there are any; without a script there is no target.
SOAKS := $(shell grep -rlE 'mark\.soak' tests --include='test_*.py' 2>/dev/null)
SCREENSHOTS := $(firstword $(wildcard tests/*/screenshots.py))
ABSENT := $(if $(SOAKS),,soak) $(if $(SCREENSHOTS),,screenshots)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help run test serve env lint bench bench-count bench-logins bench-room bench-urn messages clean

help: ## Say what can be typed here
	@echo "Werkstatt. Type make and one of:"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
	  while IFS='|' read -r name text; do \
	  case " $(ABSENT) " in *" $$name "*) continue;; esac; printf '  %-16s %s\n' "$$name" "$$text"; done
	@echo "Another Python: make run PYTHON=python3.12   Another port: WERKSTATT_PORT=5001 make run"

run: $(RUN_STAMP) $(CATALOGUES) ## Start on this machine alone, with the demo process in an empty database
	@exec $(PY) -m werkstatt.cli.serve run

serve: $(RUN_STAMP) $(CATALOGUES) ## Start the production server for everybody in the network, never with the demo
	@exec $(PY) -m werkstatt.cli.serve serve

test: $(TEST_STAMP) $(CATALOGUES) ## Run all tests (PostgreSQL too, if WERKSTATT_TEST_POSTGRESQL names a server)
	@exec $(PY) -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder -m "not soak" $(ARGS)

ifneq ($(SOAKS),)
.PHONY: soak
soak: $(TEST_STAMP) $(CATALOGUES) ## Run the long forms of the checks
	@exec $(PY) -m pytest -m soak --timeout 7200 $(SOAKS) $(ARGS)

endif
ifneq ($(SCREENSHOTS),)
.PHONY: screenshots
screenshots: $(TEST_STAMP) $(CATALOGUES) ## Take pictures of every page of the demo
	@exec $(PY) $(SCREENSHOTS) $(ARGS)

endif
env: $(RUN_STAMP) $(CATALOGUES) ## Make or renew the private environment, and start nothing (for deploy/)

lint: $(TEST_STAMP) ## Check style and form of the Python files
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

bench: $(BENCH_STAMP) $(CATALOGUES) ## Run every benchmark and print its figures
	@broken=0; for file in tests/bench/bench_*.py; do echo "== $$file"; $(PY) $$file || broken=1; done; exit $$broken

bench-count: $(BENCH_STAMP) ## Measure the count of the ballots
	@exec $(PY) tests/bench/bench_count.py $(ARGS)

bench-logins: $(BENCH_STAMP) $(CATALOGUES) ## Measure what logins cost those who are in already
	@exec $(PY) tests/bench/bench_logins.py $(ARGS)

bench-room: $(BENCH_STAMP) $(CATALOGUES) ## Measure the shipped server with a thousand people in the room, a minute for each database
	@exec $(PY) tests/bench/bench_room.py $(ARGS)

bench-urn: $(BENCH_STAMP) ## Measure the close of a round with a hundred thousand ballots
	@exec $(PY) tests/bench/bench_urn.py $(ARGS)

messages: $(RUN_STAMP) ## Collect the texts for translation and carry them into the English catalogue
	@mkdir -p $(dir $(TEMPLATE_OF_MESSAGES)) werkstatt/translations
	@$(PY) -m babel.messages.frontend --quiet extract --mapping-file babel.cfg --no-location --sort-output \
	  -k _ -k _l -k N_ -k lazy_gettext -k translate --project Werkstatt --version '' --copyright-holder Werkstatt -o $(TEMPLATE_OF_MESSAGES) .
	@if [ -f werkstatt/translations/en/LC_MESSAGES/messages.po ]; then verb="update --no-fuzzy-matching --ignore-pot-creation-date"; else verb=init; fi; \
	  $(PY) -m babel.messages.frontend --quiet $$verb -i $(TEMPLATE_OF_MESSAGES) -d werkstatt/translations -l en
	@echo "Now translate in werkstatt/translations/en/LC_MESSAGES/messages.po"

clean: ## Remove the environment and everything made from the sources; data and keys stay
	rm -rf $(VENV) .cache .pytest_cache .ruff_cache .hypothesis *.egg-info $(CATALOGUES)
	find config.py werkstatt tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

# -- how it is made ---------------------------------------------------------------------------

%.mo: %.po | $(RUN_STAMP)
	@$(PY) -m babel.messages.frontend --quiet compile -i $< -o $@

# Only when there is none, or when its Python is gone; one sentence for whatever is missing.
$(PY):
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "Werkstatt needs Python 3.11 or newer, and there is no $(PYTHON) here. Debian: apt install python3 python3-venv" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Werkstatt needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1). If there is a newer one: make run PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "This Python lacks the module venv. Debian and its relatives: apt install python3-venv" >&2; exit 1; }
	@mkdir -p "$(VENV)" 2>/dev/null && [ -w "$(VENV)" ] || { \
	  echo "The folder $(VENV) cannot be written. Werkstatt keeps its private Python environment there." >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear "$(VENV)"

# $(call install,extra,what): one clear sentence when it fails, and the mark that it need not be done again.
define install
	@echo "Installing what $(2) into $(VENV) (once, about a minute) ..."
	@$(PIP) --editable '.$(1)' || { \
	  echo "The installation failed; the reason stands above. It needs a network connection." >&2; exit 1; }
	@touch $@
endef

$(RUN_STAMP): $(PY) pyproject.toml constraints.txt
	$(call install,$(RUN_EXTRA),Werkstatt needs)

$(TEST_STAMP): $(PY) pyproject.toml constraints.txt
	$(call install,[test],the tests need)
	@touch $(RUN_STAMP)

$(BENCH_STAMP): $(TEST_STAMP)
	$(call install,[test$(COMMA)bench],the benchmarks need)
