"""Packages that wait, or are hidden, made up for the purpose."""

import gc
import importlib
import importlib.resources
import sys
import threading
import time
from pathlib import Path

import pytest
from zeroskew_kubeflow.step.lean_imports import ANY_PART, hidden, let_wait, uncollected

ROOM = "roomy"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes the files of package `roomy`, which can then be imported, until the test ends."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])

    def files(**contents: str) -> Path:
        for name, content in contents.items():
            file = tmp_path / ROOM / f"{name}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, encoding="utf-8")
        importlib.invalidate_caches()
        return tmp_path / ROOM

    yield files
    for name in [name for name in sys.modules if name.partition(".")[0] == ROOM]:
        del sys.modules[name]


def imported(name: str = ROOM):
    return importlib.import_module(name)


def test_a_package_that_waits_runs_its_init_when_a_name_is_asked_for(write):
    write(__init__="import roomy.heavy\nsize = 3", heavy="")
    let_wait({ROOM: ()})
    package = imported()
    assert "roomy.heavy" not in sys.modules
    assert package.size == 3
    assert package.heavy is sys.modules["roomy.heavy"]


def test_from_import_runs_it_too_and_gives_all_names(write):
    write(__init__="__all__ = ['one', 'two']\none = 1\ntwo = 2")
    let_wait({ROOM: ()})
    found: dict[str, int] = {}
    exec("from roomy import *", found)
    assert (found["one"], found["two"]) == (1, 2)


def test_a_part_that_does_without_the_rest_is_imported_alone(write):
    write(__init__="import roomy.heavy", heavy="", messages="kind = 'proto'", more="import roomy")
    let_wait({ROOM: ("messages", "more")})
    exec("from roomy import messages\nimport roomy.more")
    assert imported("roomy.messages").kind == "proto"
    assert "roomy.heavy" not in sys.modules


def test_every_part_may_do_without_the_rest(write):
    write(__init__="gathered = 1\nimport roomy.heavy", heavy="", light="")
    let_wait({ROOM: ANY_PART})
    imported("roomy.light")
    assert "roomy.heavy" not in sys.modules
    assert imported().gathered == 1
    assert "roomy.heavy" in sys.modules


def test_another_part_is_imported_after_the_init_and_once(write):
    write(
        __init__="log = []\nfrom roomy.engine import run\nlog.append('init')",
        engine="import roomy\nroomy.log.append('engine')\ndef run(): pass",
        late="import roomy\nroomy.log.append('late')",
    )
    let_wait({ROOM: ()})
    engine = imported("roomy.engine")
    imported("roomy.late")
    package = imported()
    assert package.log == ["engine", "init", "late"]
    assert engine.run is package.run
    assert engine.__spec__.loader is engine.__loader__
    assert engine.__spec__.origin == engine.__file__


def test_an_init_that_fails_fails_at_each_use_with_its_own_words(write):
    write(__init__="import no_such_package")
    let_wait({ROOM: ()})
    package = imported()
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_package'"):
            package.anything  # noqa: B018


def test_an_init_that_imports_itself_in_a_circle_works_as_ever(write):
    write(
        __init__="import roomy.reader\nlimit = 5",
        reader="import roomy\nearly = hasattr(roomy, 'limit')\ndef limit(): return roomy.limit",
    )
    let_wait({ROOM: ()})
    reader = imported("roomy.reader")
    assert not reader.early
    assert reader.limit() == 5


def test_a_name_that_is_not_there_is_an_error_as_ever(write):
    write(__init__="")
    let_wait({ROOM: ()})
    package = imported()
    for _ in range(2):
        with pytest.raises(AttributeError, match="module 'roomy' has no attribute 'size'"):
            package.size  # noqa: B018


def test_a_second_thread_waits_for_the_init_too(write):
    write(__init__="import time\nruns = [1]\ntime.sleep(0.2)\nsize = 3")
    let_wait({ROOM: ()})
    package, found = imported(), []
    threads = [threading.Thread(target=lambda: found.append(package.size)) for _ in range(3)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert found == [3, 3, 3]
    assert package.runs == [1]


def test_the_files_of_a_package_that_waits_can_be_read(write):
    write(__init__="size = 3", heavy="# text")
    let_wait({ROOM: ()})
    imported()
    assert importlib.resources.files(ROOM).joinpath("heavy.py").read_text() == "# text"


def test_what_is_hidden_cannot_be_imported_until_it_is_shown_again(write):
    write(__init__="", cloud="", cloudy="")
    with hidden("roomy.cloud"):
        with pytest.raises(ModuleNotFoundError, match=r"roomy\.cloud"):
            imported("roomy.cloud")
        imported("roomy.cloudy")
    assert imported("roomy.cloud").__name__ == "roomy.cloud"


def test_what_was_imported_before_is_not_hidden(write):
    write(__init__="size = 3")
    before = imported()
    with hidden(ROOM):
        assert imported() is before


def test_it_is_shown_again_after_an_error(write):
    write(__init__="")
    with pytest.raises(ModuleNotFoundError), hidden(ROOM):
        imported()
    assert imported().__name__ == ROOM


@pytest.fixture
def restored_gc():
    enabled = gc.isenabled()
    yield
    gc.unfreeze()
    (gc.enable if enabled else gc.disable)()


@pytest.mark.usefixtures("restored_gc")
@pytest.mark.parametrize("enabled", [True, False])
def test_no_garbage_is_searched_for_during_imports_and_then_as_before(enabled):
    (gc.enable if enabled else gc.disable)()
    kept = [[] for _ in range(1000)]
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is enabled
    assert gc.get_freeze_count() > len(kept)
