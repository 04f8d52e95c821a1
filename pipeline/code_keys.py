"""The code that a step runs, as a part of what its cached result is found by.

A step's code reaches further than the step: whoever reads what ExampleGen or Trainer made has new
input when these run again, and runs again too. So one key for each half of the pipeline is enough.
"""

import hashlib
from typing import TYPE_CHECKING

from model.feature_engineering.feature_set import load_features
from model.feature_engineering.features_module import code_of_features
from zeroskew.source_code.code import Code
from zeroskew.source_code.installed import is_of_package
from zeroskew.source_code.modules import in_room

if TYPE_CHECKING:
    from pipeline.places import Place


def code_of_data(place: "Place") -> str:
    """Digests the code of the data half: its room, and the ground."""
    code = Code.of_rooms("data_ingestion", "zeroskew")
    return code.digest(with_packages=not place.fixes_packages)


def code_of_model(features: str, place: "Place") -> str:
    """Digests the code of the model half: its room, the ground, and what the features import.

    The room and the ground are among that: there is no feature list without `model`. The files that
    a feature is made with, such as the weights of an encoder, count as well.

    Args:
        features: the reference that `load_features` takes.
        place: where the steps run.

    Raises:
        SettingsError: the steps do not find a file there.
    """
    own = code_of_features(features)
    for name, file in own.files.items():
        if not in_room(name):
            place.code(file)
    code = own.digest(with_packages=not place.fixes_packages)
    files = [one for feature in load_features(features).features for one in feature.files.items()]
    for file, _ in files:
        if not is_of_package(file):
            place.code(file)
    if not files:
        return code
    return hashlib.sha256("\n".join([code, *(one for _, one in files)]).encode()).hexdigest()[:16]
