"""Trains on two devices and prints the record: python tests/support/two_devices.py FOLDER ROWS.

Two logical CPUs stand in for two GPUs, which test machines rarely have; the strategy is the same.
"""

import dataclasses
import json
import sys
from pathlib import Path

import tensorflow as tf
from training_case import run_training

from model.training import trainer


def main(folder: str, rows: str) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [logical, logical])
    trainer.choose_strategy = lambda _: tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    print(json.dumps(dataclasses.asdict(run_training(Path(folder), int(rows)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
