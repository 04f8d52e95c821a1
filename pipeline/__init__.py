"""The DAG and what runs it. This room wires; it decides nothing.

In: settings from the command line, the environment and a file.
Out: a TFX pipeline for any orchestrator, a run of it on this machine, and a summary.
Open first: `dag.py`, the steps; `cli.py`, the commands; `settings.py`, what may be set.
"""
