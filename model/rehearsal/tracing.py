"""TensorFlow's own look at the feature list: what it would say in Transform and Trainer."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft

from model.feature_engineering.canonical import to_canonical
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds import Feature
from model.feature_engineering.origins import Origin, pointing_to
from model.feature_engineering.raw_rows import as_tensors
from model.rehearsal.arrays import to_arrays
from model.settings import TrainerSettings
from model.training.embedding_network import embedding_network
from model.training.network import wire
from zeroskew.errors import FeatureError

_UNITS = 2


def trace(
    features: FeatureSet,
    columns: Mapping[str, Column],
    batch: pa.RecordBatch | None,
    settings: TrainerSettings,
) -> None:
    """Computes label and lambdas on some rows, and builds transform graph and network.

    Args:
        features: the list, which `FeatureSet.check` has passed.
        columns: the schema's columns by name.
        batch: some rows; None if there are none to try it on.
        settings: of the network.

    Raises:
        FeatureError: TensorFlow refuses a part of it.
    """
    if batch is not None:
        _compute(features, columns, batch)
    try:
        _build(features, columns, settings)
    except FeatureError:
        raise
    except Exception as error:
        for part, alone in _parts(features):
            _try_feature(part, partial(_build, alone, columns, settings))
        raise _refused("the feature list", error) from error


def _compute(features: FeatureSet, columns: Mapping[str, Column], batch: pa.RecordBatch) -> None:
    label = features.label
    computed = [feature for feature in features.features if feature.expression]
    read = {name for one in computed for name in one.sources} | set(label.sources)
    tensors = as_tensors(to_arrays(batch, [columns[name] for name in read]))
    _try(label.owner, label.origin, partial(label.plain_labels, tensors))
    for feature in computed:
        _try_feature(feature, partial(feature.read, tensors, {}))


def _build(features: FeatureSet, columns: Mapping[str, Column], settings: TrainerSettings) -> None:
    needed = [columns[name] for name in features.columns_needed]

    def preprocess(inputs: Mapping[str, Any]) -> dict[str, Any]:
        outputs = features.transform(to_canonical(inputs, needed))
        for output in features.outputs:
            tensor = outputs[output.name]
            written = tensor.dtype.name, tuple(tensor.shape[1:])
            if written != (output.dtype, output.row_shape):
                raise ValueError(
                    f"{output.name!r} is {written[0]} of shape {written[1]} in each row, and "
                    f"should be {output.dtype} of shape {output.row_shape}"
                )
        return outputs

    specs = {one.name: tf.SparseTensorSpec([None, None], one.dtype) for one in needed}
    tft.get_transform_input_columns(preprocess, specs)
    wired = wire(features, settings, _UNITS)
    if features.embedding is not None:
        embedding_network(features.embedding, [wired])


def _parts(features: FeatureSet) -> Sequence[tuple[Feature, FeatureSet]]:
    """Returns each feature in a list of its own, with those that it is made of."""
    by_name = {feature.name: feature for feature in features.features}
    return [
        (one, FeatureSet(features.label, [*(by_name[name] for name in one.references), one]))
        for one in features.features
    ]


def _try_feature(feature: Feature, work: Callable[[], Any]) -> None:
    _try(f"feature {feature.name!r}", feature.origin, work)


def _try(owner: str, origin: Origin | None, work: Callable[[], Any]) -> None:
    with pointing_to(origin):
        try:
            work()
        except FeatureError:
            raise
        except Exception as error:
            raise _refused(owner, error) from error


def _refused(owner: str, error: Exception) -> FeatureError:
    return FeatureError(
        f"{owner}: TensorFlow must be able to compute it",
        received=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
        action="correct the line of the features file",
    )
