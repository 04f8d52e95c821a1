"""The same DAG on Kubeflow Pipelines.

In: the pipeline's settings, and an environment: where it runs, and with how much.
Out: a compiled pipeline, the program of each step's container, runs on a server.
Open first: `environment.py`; then `compiling/compiler.py`, `step/entrypoint.py` or
`server/client.py`.
"""
