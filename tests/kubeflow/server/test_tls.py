"""Certificates."""

import datetime
import ipaddress
from pathlib import Path

import pytest
from api_server import ApiServer
from client_cases import client_of, message_of, upload

from zeroskew.errors import SettingsError


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate of this machine that it has signed itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_a_cluster_with_its_own_certificates_is_trusted_by_their_file(
    certificate: tuple[str, str], package: Path
) -> None:
    with ApiServer(certificate=certificate) as server:
        assert upload(client_of(server, ca_file=certificate[0]), package).created is True


def test_a_certificate_that_is_not_trusted_is_an_error(certificate: tuple[str, str]) -> None:
    with ApiServer(certificate=certificate) as server:
        message = message_of(client_of(server))

    assert message.startswith(
        "the API server must prove who it is, by a certificate that is trusted\n"
    )
    assert "CERTIFICATE_VERIFY_FAILED" in message
    assert "name the cluster's certificates in server.ca_file" in message


def test_a_file_of_certificates_that_is_not_there_is_an_error(server: ApiServer) -> None:
    with pytest.raises(SettingsError, match="the certificates of the API server must be a file"):
        client_of(server, ca_file="no/such.pem")


def test_a_file_of_certificates_that_holds_none_is_an_error(
    certificate: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "empty.pem"
    file.write_text("nothing")
    with ApiServer(certificate=certificate) as server:
        assert message_of(client_of(server, ca_file=str(file))).startswith(
            "the API server must prove who it is, by a certificate that is trusted\n"
        )
