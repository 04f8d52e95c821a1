"""A small model with several kinds of signatures, in this process and behind two services."""

import datetime
import ipaddress
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from embedding_model import write_embedding_model
from indexed import entities, push_index, serve_pair, vectors_of, with_requests
from served import TOKEN, Served, save_version
from world import World

from model.serving.service.engine.loaded import Loaded
from model.serving.vectors.space import read_space


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one version, 3."""
    folder = tmp_path_factory.mktemp("small")
    save_version(folder / "3")
    return folder


@pytest.fixture(scope="session")
def loaded(place: Path) -> Loaded:
    """That version in this process."""
    return Loaded(place / "3")


@pytest.fixture(scope="session")
def served(place: Path) -> Iterator[Served]:
    """A service of that folder."""
    with Served(place, "--name", "small", "--set", "serve.labels={stable: 3, gone: 9}") as service:
        yield service


@pytest.fixture(scope="session")
def spaces(
    small_world: World, embedding_model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Models whose vectors lie in two spaces, and below `index` of each an index of forty rows."""
    columns = [small_world.columns[name] for name in small_world.features.sources]
    found = {}
    for name in ("first", "second"):
        folder = found[name] = tmp_path_factory.mktemp(name) / "7"
        if name == "first":
            shutil.copytree(embedding_model_dir, folder)
        else:
            write_embedding_model(small_world, folder, seed=6)
        with_requests(folder, columns)
        push_index(folder, folder.with_name("index"), entities())
    return found


@pytest.fixture(scope="session")
def searched(spaces: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with version 1 of the first of these models, and its index as number 10."""
    folder = tmp_path_factory.mktemp("searched")
    with serve_pair(spaces["first"], folder / "models", folder / "index") as service:
        yield service


@pytest.fixture(scope="session")
def first(spaces: dict[str, Path]) -> tuple[str, np.ndarray]:
    """Fingerprint of its space, and the vectors of the rows in the index."""
    return read_space(spaces["first"]).fingerprint, vectors_of(spaces["first"], entities())


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that a server on this machine may show, and below it its key, `key.pem`."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(written)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    return folder / "certificate.pem"


@pytest.fixture(scope="session")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose versions a test changes; with version 1."""
    folder = tmp_path_factory.mktemp("changing")
    save_version(folder / "1", added=100.0)
    return folder


@pytest.fixture(scope="session")
def guarded(changing: Path, certificate: Path) -> Iterator[Served]:
    """A service of that folder, with token, TLS, narrow limits and a log of requests."""
    settings = {
        "token_variable": "SMALL_TOKEN",
        "certificate": certificate,
        "key": certificate.with_name("key.pem"),
        "body_mib": 1,
        "json_depth": 5,
        "request_rows": 5000,
        "seconds": 3,
        "poll_seconds": 0.2,
    }
    options = [word for key, one in settings.items() for word in ("--set", f"serve.{key}={one}")]
    words = [changing, "--name", "small", "--log-requests", *options]
    with Served(*words, environment={"SMALL_TOKEN": TOKEN}) as service:
        yield service
