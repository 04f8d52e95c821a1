"""The numbers of training and blessing that a use case may choose."""

from itertools import chain
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from model.feature_engineering.labels import Label
from zeroskew.errors import SettingsError

PositiveInt = Annotated[int, Field(ge=1)]
NotNegative = Annotated[float, Field(ge=0.0)]
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
        validation: share of the train rows that the network does not learn from: their loss ends
            the training, so that the eval rows, which judge the model, have no say in it.
        patience: epochs without a better validation loss before training stops.
        memory_mib: MiB of transformed rows that a split may take in memory; a larger one is
            shuffled through temporary files.
    """

    epochs: PositiveInt | None = None
    batch_size: PositiveInt = 512
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    hidden_units: tuple[PositiveInt, ...] = (128, 64)
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: PositiveInt = 3
    memory_mib: PositiveInt = 512


class Bounds(_Section):
    """A number for some of the metrics; one that is left out is not given.

    Attributes:
        auc: area under the ROC curve, of a yes or no.
        accuracy: fraction of right predictions, of a yes or no and of classes.
        log_loss: mean cross entropy, in nats, of the same.
        ece: expected calibration error, of a yes or no.
        balanced_accuracy: mean of the classes' own accuracies.
        rmse: root of the mean squared error of a number, in its units.
        mae: mean absolute error of a number, in its units.
    """

    auc: Fraction | None = None
    accuracy: Fraction | None = None
    log_loss: NotNegative | None = None
    ece: Fraction | None = None
    balanced_accuracy: Fraction | None = None
    rmse: NotNegative | None = None
    mae: NotNegative | None = None

    def given(self) -> dict[str, float]:
        """Returns the numbers that are given, by metric."""
        return self.model_dump(exclude_none=True)


class GateSettings(_Section):
    """What a model must reach to be blessed; metrics are those of the label, by name.

    Attributes:
        margins: how much better than every trivial rule a metric must be, that of `rmse` and `mae`
            as a share of the rule's; the label's own where none is given.
        thresholds: bounds on all rows, least or greatest ones as fits the metric.
        slices: by slice, such as ``payment_type=Cash``, the bounds that hold there.
        tolerance: how much worse than the last blessed model a metric may be; as for margins.
    """

    margins: Bounds = Bounds()
    thresholds: Bounds = Bounds()
    slices: dict[str, Bounds] = {}
    tolerance: Bounds = Bounds()

    def check(self, label: Label) -> None:
        """Checks that models with this label have the metrics.

        Raises:
            SettingsError: one is another label's.
        """
        allowed = [metric.name for metric in label.METRICS]
        bounds = [self.margins, self.thresholds, self.tolerance, *self.slices.values()]
        for name in chain.from_iterable(one.given() for one in bounds):
            if name not in allowed:
                raise SettingsError(
                    f"gate names metrics of the label, which is {label.KIND}",
                    allowed=", ".join(allowed),
                    received=name,
                    action="correct the settings",
                )
