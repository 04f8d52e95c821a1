"""The page of a run, as the dashboard of Kubeflow gets it."""

from pathlib import Path

from tfx.types.standard_artifacts import Model
from zeroskew_kubeflow.step.executor_input import Invocation
from zeroskew_kubeflow.step.executor_output import executor_output
from zeroskew_kubeflow.step.local_paths import LocalPaths

from pipeline.artifacts import RunReport


def test_a_page_is_reported_as_a_file_that_names_places_in_the_bucket(tmp_path: Path) -> None:
    model, page = Model(), RunReport()
    model.uri = f"{tmp_path}/s3/bucket/R&D/model"
    page.uri = f"{tmp_path}/s3/bucket/page"
    Path(page.uri).mkdir(parents=True)
    file = Path(page.uri, "report.html")
    here = model.uri.replace("&", "&amp;")
    file.write_text(f"<code>{here}/Format-Serving</code> /s3/bucket/of somebody", encoding="utf-8")
    invocation = Invocation({"model": [model]}, {"page": [page]}, {}, {}, "", ())
    message = executor_output(invocation, LocalPaths(root=str(tmp_path)))
    (reported,) = message["artifacts"]["page"]["artifacts"]
    assert reported["uri"] == "s3://bucket/page/report.html"
    assert file.read_text(encoding="utf-8") == (
        "<code>s3://bucket/R&amp;D/model/Format-Serving</code> /s3/bucket/of somebody"
    )
