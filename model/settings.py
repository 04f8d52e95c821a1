"""The numbers of training and blessing that a use case may choose."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PositiveInt = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainerSettings(_Section):
    """How the network is built and trained.

    Attributes:
        epochs: passes over the train split, at most; if not given, as many as show the network five
            million rows, but at least 2 and at most 30.
        batch_size: rows per step.
        learning_rate: at the start; it falls to zero along a cosine.
        weight_decay: of AdamW.
        hidden_units: widths of the deep side's layers.
        dropout: fraction of hidden units dropped while training.
        patience: epochs without a better eval loss before training stops.
        memory_mib: MiB of transformed rows that a split may take in memory; a larger one is
            shuffled through temporary files.
    """

    epochs: PositiveInt | None = None
    batch_size: PositiveInt = 512
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    hidden_units: tuple[PositiveInt, ...] = (128, 64)
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    patience: PositiveInt = 3
    memory_mib: PositiveInt = 512


class Margins(_Section):
    """How much higher than every trivial baseline a metric must be."""

    accuracy: float = 0.001
    auc: float = 0.005


class Thresholds(_Section):
    """Absolute bounds; one that is left out is not checked.

    Attributes:
        auc: least area under the ROC curve.
        accuracy: least fraction of right predictions.
        log_loss: greatest mean cross entropy, in nats.
        ece: greatest expected calibration error.
    """

    auc: Fraction | None = None
    accuracy: Fraction | None = None
    log_loss: Annotated[float, Field(ge=0)] | None = None
    ece: Fraction | None = None


class Tolerance(_Section):
    """How much worse than the last blessed model a metric may be."""

    auc: Fraction = 0.005
    accuracy: Fraction = 0.005
    ece: Fraction = 0.01


class GateSettings(_Section):
    """What a model must reach to be blessed.

    Attributes:
        margins: over the trivial baselines.
        thresholds: on all rows.
        slices: by slice, such as ``payment_type=Cash``, the bounds that hold there.
        tolerance: against the last blessed model.
    """

    margins: Margins = Margins()
    thresholds: Thresholds = Thresholds()
    slices: dict[str, Thresholds] = {}
    tolerance: Tolerance = Tolerance()
