"""What Kubeflow Pipelines does with a compiled pipeline, without a cluster.

Driver and launcher behave as the real ones do where it hurts: types of inputs are lost, integers
become doubles, names are numbers in strings, folders do not exist in a bucket, and nothing stays on
a step's disk. Each step is run by its own container command, as a process.
"""

from emulator.cluster import Cluster, Run, StepFailed
from emulator.launcher import Layout
from emulator.stores import FileStore, S3Store

__all__ = ["Cluster", "FileStore", "Layout", "Run", "S3Store", "StepFailed"]
