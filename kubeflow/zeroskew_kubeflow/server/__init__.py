"""An API server of Kubeflow Pipelines: what it is asked, and what it tells of runs.

In: a compiled pipeline. Out: versions, runs and recurring runs; a `Run` with its steps.
Open first: `client.py`.
"""
