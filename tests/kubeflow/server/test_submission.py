"""What is checked before an API server is asked."""

import pytest
from sound_pipeline import ROOT, a_spec, changed
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.server.submission import check_parameters

from zeroskew.errors import SettingsError


def test_pitfall_extra_parameters_are_refused_before_the_run():
    package = Package(a_spec(), {}, ROOT)
    check_parameters(package, {"epochs": 5})
    with pytest.raises(SettingsError) as caught:
        check_parameters(package, {"epoch": 5})
    assert str(caught.value) == (
        "a run can change only parameters of its pipeline\n"
        "  allowed:  epochs\n"
        "  received: epoch\n"
        "  do:       did you mean 'epochs'?"
    )


def test_a_parameter_without_a_default_needs_a_value():
    package = changed("root/inputDefinitions/parameters/epochs/defaultValue", KeyError)
    check_parameters(package, {"epochs": 5})
    with pytest.raises(SettingsError, match="no value for epochs"):
        check_parameters(package, {})
