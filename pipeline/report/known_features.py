"""The features of a run that has ended, as far as they are still where they were."""

import logging

from model.feature_engineering.feature_set import FeatureSet, load_features
from pipeline.report.runs import Run
from zeroskew.errors import ZeroskewError

logger = logging.getLogger("zeroskew")


def features_of(run: Run) -> FeatureSet | None:
    """Reads the features of a run; None if they are not known, or no longer where they were."""
    if run.record is None:
        return None
    try:
        return load_features(run.record.settings["features"])
    except (ZeroskewError, ImportError, OSError) as error:
        logger.warning("the page is made without the features: %s", error)
        return None
