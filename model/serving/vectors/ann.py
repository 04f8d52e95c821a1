"""Indexes of vectors, as faiss makes them.

Source of the graph: Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search
using Hierarchical Navigable Small World graphs" (2018).
"""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from model.serving.vectors.settings import IndexSettings
from zeroskew.errors import SettingsError
from zeroskew.lazy import lazy_import
from zeroskew.progress import tell

faiss = lazy_import("faiss")

COSINE, EUCLIDEAN = "cosine", "euclidean"
_SAMPLE_OF_A_LIST = 64
"""Vectors for each list of ivf, by which the lists are chosen."""


def chosen_kind(settings: IndexSettings, rows: int) -> str:
    """Returns the kind of index that so many vectors get."""
    if settings.kind != "auto":
        return settings.kind
    return "flat" if rows <= settings.flat_up_to else "hnsw"


def parameters_of(settings: IndexSettings, rows: int) -> dict[str, int]:
    """Returns the numbers that an index of so many vectors is built and searched with."""
    kind = chosen_kind(settings, rows)
    if kind == "hnsw":
        return {
            "neighbours": settings.neighbours,
            "build_width": settings.build_width,
            "search_width": settings.search_width,
        }
    if kind == "ivf":
        lists = min(settings.lists or round(4 * math.sqrt(rows)), max(1, rows))
        return {"lists": lists, "probes": min(lists, settings.probes or max(8, lists // 16))}
    return {}


def build_index(
    vectors: Callable[[], Iterable[np.ndarray]],
    rows: int,
    dimension: int,
    metric: str,
    settings: IndexSettings,
) -> Any:
    """Builds a faiss index; the vectors have the numbers of their rows, from 0.

    Args:
        vectors: yields them all, float32 of shape [some, dimension], each time it is called.
        rows: how many there are.
        dimension: of each.
        metric: ``"cosine"``, of vectors of length 1, or ``"euclidean"``.
        settings: which index.

    Raises:
        SettingsError: faiss is not installed.
    """
    index = _empty(rows, dimension, metric, settings)
    if not index.is_trained:
        index.train(_sample(vectors(), rows, index.nlist * _SAMPLE_OF_A_LIST))
    for some in vectors():
        index.add(some)
        tell(index.ntotal, rows, "vectors")
    return index


def _empty(rows: int, dimension: int, metric: str, settings: IndexSettings) -> Any:
    measure = faiss_metric(metric)
    kind, said = chosen_kind(settings, rows), parameters_of(settings, rows)
    if kind == "hnsw":
        index = faiss.IndexHNSWFlat(dimension, said["neighbours"], measure)
        index.hnsw.efConstruction = said["build_width"]
        index.hnsw.efSearch = said["search_width"]
    elif kind == "ivf":
        lists = faiss.IndexFlat(dimension, measure)
        index = faiss.IndexIVFFlat(lists, dimension, said["lists"], measure)
        index.own_fields = True
        lists.this.disown()
        index.nprobe = said["probes"]
        index.set_direct_map_type(faiss.DirectMap.Array)
    else:
        index = faiss.IndexFlat(dimension, measure)
    return index


def _sample(batches: Iterable[np.ndarray], rows: int, wanted: int) -> np.ndarray:
    """Returns vectors from all over the table."""
    step = max(1, rows // max(1, wanted))
    found, first = [], 0
    for batch in batches:
        found.append(batch[(-first) % step :: step])
        first += len(batch)
    return np.concatenate(found)


def faiss_metric(metric: str) -> int:
    """Returns what faiss calls a metric.

    Raises:
        SettingsError: faiss is not installed.
    """
    with _installed():
        found: int = faiss.METRIC_INNER_PRODUCT if metric == COSINE else faiss.METRIC_L2
        return found


def read_index(file: Path) -> Any:
    """Reads what `build_index` has built.

    Raises:
        SettingsError: faiss is not installed.
    """
    with _installed():
        return faiss.read_index(str(file))


@contextlib.contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise SettingsError(
            "vectors are searched with a package that is not installed",
            received=str(error),
            action="pip install 'zeroskew[index]'",
        ) from error


def library() -> str:
    """Returns what builds the indexes, with its version."""
    return f"faiss-cpu {faiss.__version__}"


def search(
    index: Any, queries: np.ndarray, count: int, chosen: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest vectors.

    Args:
        index: as `build_index` returns it.
        queries: float32 of shape [queries, dimension].
        count: how many are wanted for each.
        chosen: which vectors count, bool of shape [rows]; all without it.

    Returns:
        The cosines, largest first, or the distances, smallest first, float32; and the rows, int64,
        -1 where there are no more; both of shape [queries, count].
    """
    if chosen is None:
        # The index has its parameters; to hand them over takes as long as a tenth of a search.
        values, rows = index.search(queries, count)
    elif (found := int(chosen.sum())) <= EXACT_UP_TO:
        return _exact(index, queries, count, np.flatnonzero(chosen))
    else:
        packed = np.packbits(chosen, bitorder="little")
        selector = faiss.IDSelectorBitmap(packed)
        parameters = _parameters(index, count, len(chosen) / found, selector)
        values, rows = index.search(queries, count, params=parameters)
    return _distances(index, values), rows


_SQUARED = 1
"""`faiss.METRIC_L2`; to look that up takes as long as to find one of a few thousand vectors."""
EXACT_UP_TO = 20_000
"""Vectors that a filter leaves, up to which each is compared."""


def _parameters(index: Any, count: int, widened: float, selector: Any = None) -> Any:
    """Returns how to search: the wider, the more of what is found a filter takes away."""
    if hasattr(index, "hnsw"):
        width = round(max(index.hnsw.efSearch, count) * widened)
        return faiss.SearchParametersHNSW(efSearch=width, sel=selector)
    if hasattr(index, "nprobe"):
        probes = min(index.nlist, round(index.nprobe * widened))
        return faiss.SearchParametersIVF(nprobe=probes, sel=selector)
    return faiss.SearchParameters(sel=selector)


def _exact(
    index: Any, queries: np.ndarray, count: int, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    values, found = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    if len(places):
        some = index.reconstruct_batch(places)
        values, rows = faiss.knn(queries, some, min(count, len(places)), index.metric_type)
        found = places[rows]
    room = ((0, 0), (0, count - found.shape[1]))
    return (
        np.pad(_distances(index, values), room, constant_values=np.nan),
        np.pad(found, room, constant_values=-1),
    )


def _distances(index: Any, values: np.ndarray) -> np.ndarray:
    # faiss leaves the root out.
    squared = index.metric_type == _SQUARED
    return np.sqrt(np.maximum(values, 0.0)) if squared else values
