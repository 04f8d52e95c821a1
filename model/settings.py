"""The numbers of training and blessing that a use case may choose."""

from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from model.feature_engineering.labels import Label
from zeroskew.errors import SettingsError

PositiveInt = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """Settings that belong together; an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainerSettings(Section):
    """How the network is built and trained.

    Attributes:
        epochs: passes over the train split, at most; if not given, as many as show the network five
            million rows, but at least 2 and at most 60; where fewer than 8,192 rows train 30, each
            of several passes.
        batch_size: rows per step; if not given 512, and less where fewer than 8,192 rows train.
        learning_rate: at the start; it falls to zero along a cosine.
        weight_decay: of AdamW.
        hidden_units: widths of the deep side's layers.
        l2_ids: penalty on what is learned for each id, in rows: an id that so many rows have gets
            about half of what these say. If not given, 100 is tried where ids have more weights
            than there are rows, and taken if it helps with the validation rows.
        l1_inputs: penalty on the weights of the deep side's first layer, in rows; those of inputs
            that tell nothing end near zero. If not given, 8 is tried as `l2_ids` is.
        dropout: fraction of hidden units dropped while training; if not given what suits the label,
            0.2 and for an amount none.
        validation: share of the train rows that the network does not learn from: their loss ends
            the training, so that the eval rows, which judge the model, have no say in it.
        patience: epochs without a better validation loss before training stops; if not given a
            sixth of the epochs, but at least 3, and 3 of each of several networks.
        members: networks that are trained, each with another part of the rows for validation; the
            model is their mean. If not given 5 where fewer than 8,192 rows train, and else 1.
        memory_mib: MiB of transformed rows that a split may take in memory; a larger one is
            shuffled through temporary files.
    """

    epochs: PositiveInt | None = None
    batch_size: PositiveInt | None = None
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    hidden_units: tuple[PositiveInt, ...] = (128, 64)
    l2_ids: Annotated[float, Field(ge=0)] | None = None
    l1_inputs: Annotated[float, Field(ge=0)] | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: PositiveInt | None = None
    members: PositiveInt | None = None
    memory_mib: PositiveInt = 512


class Bounds(Section):
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


class ServingLimits(Section):
    """How slow and how big a model may be where it is served; one that is left out is not checked.

    ServingCheck measures on the machine that runs it, without a GPU, the slower of both signatures.

    Attributes:
        p50_ms: milliseconds within which half of the requests for one row are to be answered.
        p99_ms: the same, of 99 in 100 requests.
        rows_per_second: that requests for 1,024 rows are to reach.
        memory_mib: MiB that a process may take beyond TensorFlow itself, 10,000 rows at once
            included.
    """

    p50_ms: Positive | None = None
    p99_ms: Positive | None = None
    rows_per_second: Positive | None = None
    memory_mib: Positive | None = None


class GateSettings(Section):
    """What a model must reach to be blessed; metrics are those of the label, by name.

    Attributes:
        margins: how much better than every trivial rule a metric must surely be, that of `rmse` and
            `mae` as a share of the rule's. Surely: the whole 95 % interval of the difference, on
            the same rows, lies above it. The label's first metric has a margin of 0 unless given;
            another one without a margin must not be surely worse than the rule.
        thresholds: bounds on all rows, least or greatest ones as fits the metric.
        slices: by slice, such as ``payment_type=Cash``, the bounds that hold there.
        tolerance: how much worse than a blessed model a metric may be, as for margins; a model that
            is worse by more, and surely so, is refused. The label's own where none is given.
        reference: which blessed model that is: the ``best`` of those that are remembered, by the
            first metric when it was blessed; the ``last``; or ``none``, to start anew.
        remembered: how many blessed models `best` looks back; their models must still be there.
        least_rows: a slice in which fewer rows count is reported, and not judged.
        serving: how slow and how big the model may be.
    """

    margins: Bounds = Bounds()
    thresholds: Bounds = Bounds()
    slices: dict[str, Bounds] = {}
    tolerance: Bounds = Bounds()
    reference: Literal["best", "last", "none"] = "best"
    remembered: PositiveInt = 10
    least_rows: PositiveInt = 100
    serving: ServingLimits = ServingLimits()

    def check(self, label: Label) -> None:
        """Checks that models with this label have the metrics.

        Raises:
            SettingsError: one is another label's, or trivial rules are not measured by it.
        """
        allowed = [metric.name for metric in label.METRICS]
        bounds = [self.thresholds, self.tolerance, *self.slices.values()]
        for name in chain(self.margins.given(), *(one.given() for one in bounds)):
            _require("gate names metrics of the label, which is " + label.KIND, name, allowed)
        ruled = [metric.name for metric in label.METRICS if metric.margin is not None]
        for name in self.margins.given():
            _require("gate.margins names metrics that trivial rules have, too", name, ruled)


def _require(rule: str, name: str, allowed: Sequence[str]) -> None:
    if name not in allowed:
        raise SettingsError(
            rule, allowed=", ".join(allowed), received=name, action="correct the settings"
        )
