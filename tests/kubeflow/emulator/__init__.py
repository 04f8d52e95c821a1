"""What Kubeflow Pipelines does with a compiled pipeline, without a cluster.

Driver and launcher behave as the real ones do where it hurts: types of inputs are lost, integers
and booleans become doubles, names are numbers in strings, outputs are added that no step declares,
folders do not exist in a bucket, and nothing stays on a step's disk. `worlds.py` has what differs
from version to version. Each step is run by its own container command, as a process.
"""

from emulator.cluster import Cluster, Run, StepFailed
from emulator.stores import FileStore, S3Store
from emulator.worlds import AFTER_2_18, KFP_2_5, KFP_2_17, WORLDS, World

__all__ = [
    "AFTER_2_18",
    "KFP_2_5",
    "KFP_2_17",
    "WORLDS",
    "Cluster",
    "FileStore",
    "Run",
    "S3Store",
    "StepFailed",
    "World",
]
