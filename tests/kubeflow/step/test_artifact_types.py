"""The class of an artifact, from whatever a server calls its type."""

import pytest
from tfx.types import standard_artifacts
from zeroskew_kubeflow.step.artifact_types import artifact_class, title_of

from data_ingestion.artifacts import DataVerdict
from zeroskew.errors import StepError


@pytest.mark.parametrize(
    ("schema", "title"),
    [
        ({"instanceSchema": "title: tfx.Examples\ntype: object\n"}, "tfx.Examples"),
        ({"schemaTitle": "title: tfx.Examples\ntype: object\n"}, "tfx.Examples"),
        ({"schemaTitle": "title: tfx.Examples"}, "tfx.Examples"),
        ({"schemaTitle": "tfx.Examples"}, "tfx.Examples"),
        ({"schemaTitle": "tfx.Model", "instanceSchema": "title: tfx.Examples"}, "tfx.Model"),
        ({"instanceSchema": ""}, ""),
        ({"instanceSchema": "type: object\n"}, ""),
        ({}, ""),
    ],
)
def test_the_title_of_a_type_is_found_wherever_a_server_writes_it(schema, title):
    assert title_of(schema) == title


def test_a_custom_type_is_found_in_its_room():
    assert artifact_class("data_ingestion.DataVerdict") is DataVerdict
    assert artifact_class("tfx.Model") is standard_artifacts.Model
    with pytest.raises(StepError, match=r"received: 'nowhere\.Nothing'"):
        artifact_class("nowhere.Nothing")
