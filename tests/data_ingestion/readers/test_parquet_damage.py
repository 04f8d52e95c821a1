"""Parquet files that cannot be read."""

import base64
import contextlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as encryption
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parquet_files import generated, read, write

from data_ingestion.readers.parquet import ParquetReader
from zeroskew.errors import DataError


@pytest.mark.parametrize("size", [0, 3, 100, -1])
def test_a_file_that_was_cut_off_is_an_error(tmp_path: Path, size: int) -> None:
    file = write(tmp_path / "a.parquet", {"a": list(range(1_000))})
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(DataError) as caught:
        ParquetReader([file]).column_names()
    rule, received, action = str(caught.value).splitlines()
    assert rule == "a Parquet file must be whole, and readable by Arrow"
    assert received.startswith(f"  received: {file}: ")
    assert action == "  do:       copy or write it again"


def test_a_broken_page_names_file_and_row_group(tmp_path: Path) -> None:
    values = np.random.default_rng(1).random(5_000)
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": values}), str(file), row_group_size=1_000, compression="zstd")
    content = bytearray(file.read_bytes())
    place = pq.ParquetFile(str(file)).metadata.row_group(2).column(0).data_page_offset
    content[place : place + 400] = b"\0" * 400
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read([file], {"a": "FLOAT"})
    assert f"{file}, row group 2: " in str(caught.value)


class Keys(encryption.KmsClient):
    """Keeps no secret."""

    def __init__(self, configuration: encryption.KmsConnectionConfig) -> None:
        super().__init__()
        del configuration

    def wrap_key(self, key: bytes, master_key: str) -> str:
        del master_key
        return base64.b64encode(key).decode()

    def unwrap_key(self, key: str, master_key: str) -> bytes:
        del master_key
        return base64.b64decode(key)


@pytest.mark.parametrize("plaintext_footer", [True, False])
def test_an_encrypted_file_is_an_error(tmp_path: Path, plaintext_footer: bool) -> None:
    table = pa.table({"a": [1, 2]})
    how = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["a"]}, plaintext_footer=plaintext_footer
    )
    properties = encryption.CryptoFactory(Keys).file_encryption_properties(
        encryption.KmsConnectionConfig(), how
    )
    file = tmp_path / "a.parquet"
    with pq.ParquetWriter(str(file), table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    with pytest.raises(DataError) as caught:
        read([file], {"a": "INT"})
    rule, received, _ = str(caught.value).splitlines()
    assert rule == "a Parquet file must be whole, and readable by Arrow"
    assert received.startswith(f"  received: {file}")
    assert "crypt" in received


def test_a_codec_that_arrow_lacks_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), str(file), compression="snappy")
    content = file.read_bytes()
    for place in range(len(content)):
        # In the footer, Snappy is 2 and LZO 6.
        if content[place] == 2:
            file.write_bytes(content[:place] + b"\6" + content[place + 1 :])
            with contextlib.suppress(pa.ArrowException, OSError):
                if pq.ParquetFile(str(file)).metadata.row_group(0).column(0).compression == "LZO":
                    break
    with pytest.raises(DataError) as caught:
        read([file], {"a": "INT"})
    _, received, _ = str(caught.value).splitlines()
    assert received.startswith(f"  received: {file}, row group 0: ")
    assert "lzo" in received.lower()


@generated
@given(st.data())
def test_generated_damage_is_rows_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    file = write(folder / "whole.parquet", {"a": [1, None, 3], "c": ["x", "y", None]})
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = folder / "damaged.parquet"
    damaged.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        chunks = ParquetReader([damaged]).chunks()
        pieces = [list(chunk.read({"a": "INT", "c": "BYTES"})) for chunk in chunks]
    except DataError:
        return
    for chunk, read_from_it in zip(chunks, pieces, strict=True):
        rows = sum(piece.batch.num_rows + len(piece.rejected) for piece in read_from_it)
        assert rows == chunk.count()
