"""The program that runs in each step's container, between KFP's launcher and a TFX executor.

In: an ExecutorInput. Out: an ExecutorOutput, and folders that the launcher uploads.
Open first: `entrypoint.py`.
"""
