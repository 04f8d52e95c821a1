import json

import pytest

from model import YesNo
from model.evaluation.metrics import _defined, _from_calibration, eval_config


def plots(*buckets: tuple[float, float, float]) -> dict:
    """Buckets as (rows, sum of predictions, sum of labels), as TFMA loads them."""
    return {
        "buckets": [
            {
                "numWeightedExamples": rows,
                "totalWeightedRefinedPrediction": predictions,
                "totalWeightedLabel": labels,
            }
            for rows, predictions, labels in buckets
        ]
    }


def test_candidate_and_baseline_are_read_from_the_same_signatures():
    config = eval_config(YesNo("big_tip"), ["payment_type"])
    assert [(one.name, one.is_baseline) for one in config.model_specs] == [
        ("candidate", False),
        ("baseline", True),
    ]
    for one in config.model_specs:
        assert one.example_weight_key == "row_weight"
        assert one.signature_name == "serving_default"
        assert one.prediction_key == "probability"
        assert one.label_key == "measured_label"
        assert list(one.preprocessing_function_names) == ["transform_features"]


def test_all_rows_come_first_and_each_slice_column_on_its_own():
    config = eval_config(YesNo("big_tip"), ["payment_type", "company"])
    assert [list(one.feature_keys) for one in config.slicing_specs] == [
        [],
        ["payment_type"],
        ["company"],
    ]


def test_metrics_have_the_names_that_gate_and_summary_use():
    (specs,) = eval_config(YesNo("big_tip"), []).metrics_specs
    configured = {json.loads(one.config)["name"]: one.class_name for one in specs.metrics}
    assert configured == {
        "auc": "AUC",
        "auc_precision_recall": "AUCPrecisionRecall",
        "accuracy": "BinaryAccuracy",
        "log_loss": "BinaryCrossEntropy",
        "calibration": "CalibrationPlot",
    }
    options = {json.loads(one.config)["name"]: json.loads(one.config) for one in specs.metrics}
    assert options["calibration"]["num_buckets"] == 15


def test_the_calibration_error_weighs_each_buckets_gap_by_its_rows():
    # Gaps 0.1 for 10 rows, 0.2 for 30 rows (too low), none for 60 rows.
    buckets = plots((10, 2.0, 1.0), (30, 12.0, 18.0), (60, 54.0, 54.0))
    assert _from_calibration(buckets) == {
        "rows": 100,
        "mean_label": 0.73,
        "mean_prediction": 0.68,
        "ece": pytest.approx((10 * 0.1 + 30 * 0.2) / 100),
    }


def test_gaps_of_opposite_sign_do_not_cancel():
    assert _from_calibration(plots((10, 2.0, 1.0), (10, 8.0, 9.0)))["ece"] == pytest.approx(0.1)


def test_empty_buckets_count_for_nothing():
    assert _from_calibration(plots((0, 0.0, 0.0), (4, 1.0, 2.0)))["ece"] == 0.25


@pytest.mark.parametrize(("mean_label", "has_auc"), [(0.0, False), (1.0, False), (0.2, True)])
def test_one_class_has_no_area_under_the_curve(mean_label, has_auc):
    metrics = {"auc": 0.9, "auc_precision_recall": 0.8, "accuracy": 1.0, "mean_label": mean_label}
    assert ("auc" in _defined(metrics)) is has_auc
    assert ("auc_precision_recall" in _defined(metrics)) is has_auc
    assert _defined(metrics)["accuracy"] == 1.0
