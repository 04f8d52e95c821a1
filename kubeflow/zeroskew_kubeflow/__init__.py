"""The same pipeline on Kubeflow Pipelines v2: compile, validate, submit, run in a container."""
