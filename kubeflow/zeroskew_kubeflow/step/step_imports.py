"""Importing the executor of one step, without what only other steps need.

TFX imports TensorFlow, Beam, TFMA and Google's clients for each step, whether it uses them or not.
"""

import importlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from zeroskew.errors import StepError
from zeroskew_kubeflow.step.lean_imports import ANY_PART, hidden, let_wait

_BEAM = "apache_beam"
_TENSORFLOW = "tensorflow"
_TFDV = "tensorflow_data_validation"
_TFMA = "tensorflow_model_analysis"

NEEDS: Mapping[str, tuple[str, ...]] = {
    "data_ingestion.components.CuratedSchema_Executor": (),
    "data_ingestion.components.DataGate_Executor": (_TENSORFLOW, _BEAM, _TFDV),
    "data_ingestion.components.KeepPassedData_Executor": (),
    "data_ingestion.components.KeptPassedData_Executor": (),
    "data_ingestion.examples.example_gen.Executor": (_TENSORFLOW, _BEAM),
    "data_ingestion.statistics.statistics_gen.Executor": (_TENSORFLOW, _BEAM),
    "model.components.ModelGate_Executor": (_TENSORFLOW, _BEAM, _TFMA),
    "model.components.Parity_Executor": (_TENSORFLOW,),
    "model.components.ServedModel_Executor": (),
    "model.components.ServingCheck_Executor": (),
    "model.components.TrivialBaselines_Executor": (_TENSORFLOW,),
    "model.embeddings.components.Embeddings_Executor": (_TENSORFLOW,),
    "model.embeddings.components.IndexCheck_Executor": (_TENSORFLOW,),
    "model.embeddings.components.IndexPusher_Executor": (),
    "model.embeddings.components.Index_Executor": (),
    "model.evaluation.evaluator.Executor": (_TENSORFLOW, _BEAM),
    "model.feature_engineering.transform.transform.Executor": (_TENSORFLOW, _BEAM),
    "model.serving.pusher.Executor": (),
    "pipeline.report.step.Executor": (_TENSORFLOW, _BEAM, _TFMA),
    "tfx.components.example_validator.executor.Executor": (_TENSORFLOW, _BEAM),
    "tfx.components.trainer.executor.GenericExecutor": (_TENSORFLOW, _BEAM),
}
"""What an executor uses, which is imported before it starts. It may import more at any time, and
one that is not named here gets all that TFX imports."""

_BRING_CODE_OF_THEIR_OWN = frozenset(
    {
        "model.evaluation.evaluator.Executor",
        "model.feature_engineering.transform.transform.Executor",
        "tfx.components.trainer.executor.GenericExecutor",
    }
)
# Keras needs the first two for its wrappers of scikit-learn and for notebooks, Beam needs the third
# for Google's services. None is among what the packages require, so they do without.
_EXTRAS: Mapping[str, tuple[str, ...]] = {
    _TENSORFLOW: ("IPython", "sklearn"),
    _BEAM: ("google.cloud",),
}
# TFX's specification of components names a few messages of TFDV and TFMA.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "tfx.components": ANY_PART,
    _TFDV: ("anomalies",),
    _TFMA: ("constants", "proto", "sdk", "version"),
}
# On TFX 1.21, TFMA lacks names that only the whole of `tfx.components` gives it.
_GATHERED = "model.evaluation.evaluator."


def import_executor(path: str, *, google_cloud: bool) -> Any:
    """Returns the class of an executor.

    Args:
        path: `module.Class`.
        google_cloud: whether Beam must know Google's services, such as gs://.

    Raises:
        StepError: the image has no such class.
    """
    needs = NEEDS.get(path)
    if not path.startswith(_GATHERED):
        let_wait({name: _PARTS[name] for name in _PARTS if name not in (needs or ())})
    if needs is not None:
        kept = {_BEAM} if google_cloud else set()
        kept |= {_TENSORFLOW} if path in _BRING_CODE_OF_THEIR_OWN else set()
        _import_first(needs, kept)
    return import_class(path)


def _import_first(needs: Sequence[str], kept: Collection[str]) -> None:
    """Imports packages without their extras, except those that are to be kept whole."""
    if _BEAM not in needs:
        # TFX releases this part as ml-pipelines-sdk too, which requires neither of the two.
        with hidden(_BEAM, _TENSORFLOW):
            importlib.import_module("tfx.dsl.component.experimental.decorators")
            importlib.import_module("tfx.dsl.io.fileio")
    for name in needs:
        with hidden(*(() if name in kept else _EXTRAS.get(name, ()))):
            importlib.import_module(name)


def import_class(path: str) -> Any:
    """Returns the class at `module.Class`.

    Raises:
        StepError: the image has no such class.
    """
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise StepError(
            "the image must hold the code of every step",
            received=f"no {path} ({error})",
            action="make the image again, from the commit that was compiled",
        ) from error
