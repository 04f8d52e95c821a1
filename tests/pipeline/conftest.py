"""What tests of this room start from."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ZEROSKEW_"):
            monkeypatch.delenv(name)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(scope="session")
def embedding_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with SavedModels that give vectors.

    7 makes them of company and fare, 8 too, in another space; 9 of company alone.
    """
    # TensorFlow takes long to import, and most tests of this room need none.
    from embedding_model import write_embedding_model
    from made_once import made_once
    from world import FEW_FEATURES, world_of

    def make(folder: Path) -> None:
        world = world_of(FEW_FEATURES, tmp_path_factory)
        write_embedding_model(world, folder / "7")
        write_embedding_model(world, folder / "8", seed=6)
        write_embedding_model(world, folder / "9", of=("company",))

    return made_once(tmp_path_factory, "embedding_models", make)
