"""What a page shows of a run that never was; every text in it tries to be markup."""

import dataclasses
from typing import Any

from data_ingestion.examples.ingestion_report import Report
from data_ingestion.readers.rows import RejectedRow
from data_ingestion.rules.results import DataRuleResult, RuleResult
from model.embeddings.findings import Changed, Finding
from model.embeddings.index_check import Rule
from model.evaluation.baselines import BaselineScore
from model.evaluation.fitness.check import Asked, Fitness, Speed
from model.evaluation.metrics import SliceMetrics
from model.feature_engineering.labels import METRICS
from model.feature_engineering.labels.pictures import Picture, Series
from model.training.fitting import Trial
from pipeline.report.distributions import Distribution
from pipeline.report.pictures import Bar, bars, chart
from pipeline.report.sections.confusion import Confusion
from pipeline.report.sections.data import ColumnView, Data
from pipeline.report.sections.features import FeatureView, Part
from pipeline.report.sections.importance import ImportanceView, Owed
from pipeline.report.sections.lineage import Lineage, Made
from pipeline.report.sections.model import Drawn, Measured, ModelView
from pipeline.report.sections.steps import StepView
from pipeline.report.sections.vectors import Vectors
from pipeline.report.sections.verdict import Command, Reason, Verdict
from pipeline.report.sections.worst import Worst, WorstRow

EVIL = "<script>window.evil=1</script><img src=x onerror='evil=1'>\"'&{{ 7*7 }}"
METRIC = METRICS["accuracy"]


def sections(evil: str = EVIL) -> dict[str, Any]:
    """Returns what `render` takes, with `evil` in every place where text of a user may stand."""
    distribution = Distribution(
        ["train", evil], [Bar(evil, [0.25, 0.5]), Bar("b", [0.75, 0.5])], {evil: evil}, [0.1, 0.0]
    )
    picture = bars(distribution.bars, distribution.names, evil)
    part = Part(evil, distribution, picture)
    return {
        "headline": evil,
        "title": evil,
        "verdict": Verdict(
            headline="The model is not blessed",
            tone="bad",
            summary=evil,
            reasons=[Reason(evil, False), Reason("fine", True)],
            error=evil,
            alarms=[evil],
            facts=[(evil, evil)],
            commands=[Command(evil, evil)],
        ),
        "data": Data(
            splits={evil: 12_002},
            report=Report(
                rows_in=15_002,
                examples={evil: 12_002},
                rejected=1,
                span=2014,
                rules=[RuleResult(evil, evil, "ERROR", 3)],
                data_rules=[DataRuleResult(evil, "WARNING", False, evil)],
                rates={evil: 0.5},
            ),
            remarks=[evil],
            rejected=[RejectedRow(evil, 7, evil, evil)],
            anomalies=[[evil, evil]],
            more_anomalies=0,
            counted="1 that stops the run",
            compared_with=evil,
            columns=[ColumnView(evil, "BYTES", distribution, picture, 0.25, [evil])],
            more_columns=0,
            without_picture=0,
            names=["train", evil],
        ),
        "features": [FeatureView(evil, evil, evil, evil, [part], [part], 0, [evil], 1)],
        "importance": ImportanceView("AUC", False, 2000, [Owed(evil, 0.2, 0.1, 0.3, 1.0)], 0),
        "model": _model(evil),
        "parity": {
            "rows": 500,
            "sample": {"of": 3000},
            "made_up_rows": 4,
            "tolerance": 1e-5,
            "comparisons": [{"path": evil, "largest": 1e-7}],
        },
        "fitness": Fitness(
            evil,
            0.5,
            4,
            [Asked(evil, True, evil), Asked(evil, False, evil)],
            [Speed(evil, 0.5, 0.75, 400_000)],
            80,
            evil,
        ),
        "steps": [StepView(evil, "failed", 2.5, 1.0, 900, evil)],
        "lineage": Lineage(
            run=evil,
            files=[evil],
            more_files=0,
            made=[Made(evil, evil, 1, evil)],
            settings=[(evil, evil)],
            versions={evil: evil},
            log=evil,
            tensorboard=evil,
        ),
        "vectors": _vectors(evil),
    }


def _vectors(evil: str) -> Vectors:
    return Vectors(
        rows=4_200,
        dimension=64,
        of=evil,
        fingerprint=evil,
        key=evil,
        index=evil,
        rules=[Rule(evil, evil, True)],
        served=evil,
        findings=[Finding(evil, evil, [evil, "k2"], striking=True), Finding("b", "none")],
        compared_with=evil,
        changed=[Changed(evil, 3, [evil, "k5"], ["k7"])],
    )


def _model(evil: str) -> ModelView:
    curve = Picture(evil, evil, evil, evil, [Series(evil, [0, 1], [0, 1])], guide_name=evil)
    slices = [("all rows", 0.9, 1000), (evil, 0.5, 20), ("b=2", 0.75, 3)]
    return ModelView(
        label=evil,
        kind="yes or no",
        training=None,
        record={
            "rows": 9,
            "epochs": 2,
            "rows_per_second": 5,
            "trials": [dataclasses.asdict(Trial("l2_ids", 100.0, 0.5, 0.25, True))],
        },
        metrics=[Measured(METRIC, 0.9, (0.8, 1.0), evil, 0.5, 0.7)],
        rules=[BaselineScore(evil, {"accuracy": 0.5})],
        pictures=[Drawn(curve, chart(curve))],
        confusion=Confusion([evil, "b"], [[3, 1], [0, 2]], [[0.75, 0.25], [0, 1]], 0),
        slices=[SliceMetrics(name, {"rows": n, "accuracy": v}) for name, v, n in slices],
        more_slices=0,
        shown=[METRIC],
        score="probability",
        worst=Worst([evil], 0, [WorstRow(evil, 0.5, 0.7, [evil])]),
    )


def nothing_yet() -> dict[str, Any]:
    """Returns what is known of a run that stopped in its first step."""
    return {
        **sections("plain"),
        **dict.fromkeys(
            ("data", "features", "importance", "model", "parity", "fitness", "vectors")
        ),
        "steps": [],
    }
