"""Settings of Beam's engines."""

EXTERNAL = {"environment": "external", "worker_pool": "pool:50000"}
PORTABLE = {"runner": "portable", "job_endpoint": "jobs:8099", **EXTERNAL}
FLINK = {**PORTABLE, "runner": "flink"}
DATAFLOW = {
    "runner": "dataflow",
    "project": "acme",
    "region": "europe-west1",
    "temp": "gs://acme/temp",
    "setup_file": "./setup.py",
}
