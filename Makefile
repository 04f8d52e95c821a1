# Thin targets; what they do stands in scripts/ and in `zeroskew --help`.

PYTHON ?= python3
STACK ?=
ARGS ?=
NAME ?=

# Where it is set, each process that imports TensorFlow compiles it anew: 10 s.
unexport PYTHONDONTWRITEBYTECODE

setup = $(PYTHON) scripts/bootstrap.py $(if $(STACK),--stack "$(STACK)")

.DEFAULT_GOAL := help
.PHONY: help setup run test check fuzz test-debian13 kubeflow image test-image lock docs screenshots benchmark benchmark-batch benchmark-embeddings benchmark-evaluation benchmark-evaluator benchmark-ingestion benchmark-quality benchmark-kubeflow benchmark-own-table benchmark-scale benchmark-sequences benchmark-serving benchmark-text benchmark-training format clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' Makefile

setup:  ## make .venv, if it is not there (STACK=1.21 or STACK=1.16 forces a TFX version)
	@$(setup)

run: setup  ## run the pipeline (ARGS="--data trips.csv" and so on)
	@.venv/bin/python -m pipeline run $(ARGS)

test: setup  ## lint, types, import contract, all tests (ARGS="tests/model" for these alone)
	@scripts/test $(ARGS)

check: setup  ## `make test` without the end-to-end tests
	@scripts/lint
	@scripts/test -m "not e2e" $(ARGS)

fuzz: setup  ## read 10,000 generated files and more, and send a server thousands of generated requests
	@FUZZ_CASES=4000 .venv/bin/python -m pytest -n 2 -k generated tests/data_ingestion
	@FUZZ_CASES=200 .venv/bin/python -m pytest -k generated tests/model/serving/service

test-debian13:  ## `make test` on TFX 1.21 in a Debian 13 root file system (needs root)
	@ARGS="$(ARGS)" scripts/debian13

kubeflow: setup  ## compile for Kubeflow Pipelines, validate, and run all steps in an emulator
	@scripts/kubeflow $(ARGS)

image:  ## build the container image of the steps (needs docker or podman; NAME=...)
	@scripts/image $(NAME)

test-image: setup  ## build the image without Docker, test it, and run all steps in it (needs root)
	@scripts/test-image $(ARGS)

docs: setup  ## build the documents as a site, build/site, with every link checked
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

screenshots: setup  ## draw the pipeline, and take the pictures of the documents (needs Chromium)
	@.venv/bin/python -m scripts.dag_picture
	@.venv/bin/python -m scripts.screenshots

lock: setup  ## recompile requirements/*.txt
	@scripts/lock

benchmark: setup  ## time start-up and pipeline against the stock TFX taxi template
	@.venv/bin/python -m benchmarks.startup
	@.venv/bin/python -m benchmarks.versus_stock $(ARGS)

benchmark-ingestion: setup  ## time ExampleGen and StatisticsGen against TFX's own
	@.venv/bin/python -m benchmarks.ingestion $(ARGS)
	@.venv/bin/python -m benchmarks.statistics

benchmark-batch: setup  ## time `zeroskew predict --output` against a loop over the model and TFX's BulkInferrer
	@.venv/bin/python -m benchmarks.batch_prediction $(ARGS)

benchmark-embeddings: setup  ## time `zeroskew embed`, an index and its search against a loop over the model and faiss
	@.venv/bin/python -m benchmarks.embeddings $(ARGS)

benchmark-evaluation: setup  ## time TrivialBaselines and Parity against pandas and scikit-learn
	@.venv/bin/python -m benchmarks.evaluation $(ARGS)

benchmark-evaluator: setup  ## time Evaluator against TFX's own, and compare their metrics
	@.venv/bin/python -m benchmarks.evaluator $(ARGS)

benchmark-quality: setup  ## hold the model of each use case against a good simple one on the same rows
	@.venv/bin/python -m benchmarks.quality $(ARGS)

benchmark-own-table: setup  ## `init --yes` and a run on 16 public tables against gradient boosting
	@.venv/bin/python -m benchmarks.own_table $(ARGS)

benchmark-training: setup  ## time the Trainer against a bare Keras fit and the TFX template's input pipeline
	@.venv/bin/python -m benchmarks.training $(ARGS)

benchmark-kubeflow: setup  ## time the start of a step against TFX's own entrypoint
	@.venv/bin/python -m benchmarks.kubeflow_startup

benchmark-text: setup  ## a bag of words, a static table and BERT on examples/sentiment: quality, size, rows/s
	@.venv/bin/python -m benchmarks.text_encoders $(ARGS)

benchmark-sequences: setup  ## time Sequence on 100,000 rows of events against a Keras GRU over arrays that pandas made
	@.venv/bin/python -m benchmarks.sequences $(ARGS)

benchmark-serving: setup  ## time the service of the last `make run` against FastAPI with a handler that calls the model
	@.venv/bin/python -m benchmarks.serving $(ARGS)

benchmark-scale: setup  ## run the whole pipeline on a million rows, step by step against the stock template
	@.venv/bin/python -m benchmarks.scale $(ARGS)

format: setup  ## format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

clean:  ## remove .venv, .tools, .debian13, .image, build and runs
	@rm -rf .venv .tools .debian13 .image build runs
