PYTHON ?= python3
BIN := .venv/bin
# Unlimited spinning of OpenMP was measured 10 x slower on a shared machine; none at all, 1.4 x slower.
export OMP_WAIT_POLICY ?= PASSIVE
export GOMP_SPINCOUNT ?= 3000

# Two workers with one thread each: two threads took 1.2 to 2.8 times as long on two cores.
TWO := -n 2 --dist worksteal

# Modules with shape checks at every call during tests.
SHAPES := tome.grouping,tome.combine,tome.forward.attended,tome.forward.observer,tome.forward.trace,tome.metrics.fidelity,beartype.beartype

.PHONY: app test lint docs reference words models proxy stored examples measure load load-proxied soak clients picture dist release image-check clean

app: .venv/app.stamp
	$(BIN)/streamlit run explorer/app.py

test: lint docs
	node --test tests/js/*.test.mjs
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(TWO) --ignore=tests/browser --ignore=tests/clients --ignore=tests/proxy -m "not compiled" --jaxtyping-packages=$(SHAPES)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(TWO) -m compiled $(shell grep -rl "mark\.compiled" tests --include="*.py")
	# Apart: Playwright's event loop disturbs other tests. What fails runs once more, alone: docs/decisions/0013-a-second-try.md
	$(BIN)/python -m pytest $(TWO) tests/browser || $(BIN)/python -m pytest --last-failed --last-failed-no-failures none tests/browser

lint: .venv/dev.stamp node_modules/.package-lock.json
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	npm run --silent lint

node_modules/.package-lock.json: package.json package-lock.json  # only for checks of the front end, not for the app
	npm ci --silent
	touch $@

docs: .venv/dev.stamp  ## the site, into build/site; warnings are errors
	OMP_NUM_THREADS=2 $(BIN)/python docs/_make/notebooks.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

reference: .venv/dev.stamp  ## the tables of the docs that come from the code
	$(BIN)/python docs/_make/reference.py

words: .venv/app.stamp  ## new sentences of the app into its catalogues; says what is left to translate
	$(BIN)/python docs/_make/words.py

models: .venv/dev.stamp  ## which of timm's models can be merged: builds all of them without weights; 7 minutes
	mkdir -p build
	$(BIN)/python -m tome.lab.models > build/timm.csv && mv build/timm.csv docs/models/timm.csv
	$(BIN)/python docs/_make/reference.py

stored: .venv/app.stamp  ## the dog's record, shown before torch is there
	$(BIN)/python -m explorer.records.stored

examples: .venv/app.stamp  ## the measurements that Speed, Training and Video open with, on an idle machine; 5 minutes
	$(BIN)/python -m explorer.examples.make

measure: .venv/dev.stamp  ## how fast the app answers a person, on Layers and on twelve panels
	$(BIN)/python tests/browser/measure.py
	$(BIN)/python tests/browser/measure_labs.py
	$(BIN)/python tests/browser/measure_start.py

load: .venv/dev.stamp  ## how it holds under many readers; 4 minutes
	$(BIN)/python tests/load.py

load-proxied: .venv/dev.stamp  ## the same behind nginx, with a process killed in the middle; 3 minutes
	$(BIN)/python tests/load_proxied.py

proxy: .venv/dev.stamp  ## two processes behind Debian's nginx, as deploy/ sets it up; 1 minute
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/proxy

soak: .venv/dev.stamp  ## reruns, mixed runs, damaged files, hostile links, fuzzed requests; hours
	$(BIN)/python tests/soak.py

clients: .venv/clients.stamp  ## tools that people use around a model, on patched ones
	PYTHONPATH=tests $(BIN)/python -m pytest -W default tests/clients

picture: .venv/dev.stamp  ## the pictures of README and docs, taken from the app; 4 minutes
	$(BIN)/python tests/browser/picture.py

dist: .venv/dev.stamp  ## the source distribution and the wheel of the last commit, checked
	$(BIN)/python deploy/release.py --no-tag

release: .venv/dev.stamp  ## the same with a tag; deploy/release.py says what to do before
	$(BIN)/python deploy/release.py

image-check:  ## builds the image without a container engine and starts it; needs root, buildah, debootstrap, 20 GB; 12 minutes
	$(PYTHON) deploy/image.py $(OPTIONS)

.venv/app.stamp: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev.stamp: requirements-dev.txt .venv/app.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.venv/clients.stamp: requirements-clients.txt .venv/dev.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-clients.txt
	touch $@

clean:
	rm -rf .venv node_modules .pytest_cache .ruff_cache .hypothesis *.egg-info
