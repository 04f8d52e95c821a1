"""CSV files as UTF-8 text, whatever they are compressed and encoded with."""

import codecs
import io
from pathlib import Path
from typing import Any, BinaryIO, cast

from isal import igzip, isal_zlib

from data_ingestion.readers.csv.parse import Dialect
from zeroskew.errors import DataError

_BROKEN: Any = isal_zlib.error
_NO_TEXT = "zeroskew.no_text"
codecs.register_error(_NO_TEXT, lambda error: ("\udcff", error.end))  # type: ignore[attr-defined]


def open_text(file: Path, dialect: Dialect) -> BinaryIO:
    """Opens a file as UTF-8, whatever it is compressed and encoded with.

    Raises:
        DataError: reading finds the file cut off or broken.
    """
    stream: Any = file.open("rb")
    if file.suffix == ".gz":
        stream = io.BufferedReader(_Checked(igzip.IGzipFile(fileobj=stream, mode="rb"), file))
    if not is_utf8(dialect):
        stream = io.BufferedReader(_Transcoded(stream, dialect.encoding))
    return cast(BinaryIO, stream)


class _Checked(io.RawIOBase):
    """A gzipped file whose faults are data errors."""

    def __init__(self, stream: Any, file: Path) -> None:
        self._stream = stream
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._stream.read(len(buffer))
        except (EOFError, OSError, _BROKEN) as error:
            raise DataError(
                "a gzipped file must be whole",
                received=f"{self._file}: {error}",
                action="copy or write it again",
            ) from error
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Transcoded(io.RawIOBase):
    """Text of another encoding, as UTF-8; bytes that are no text stay, and no UTF-8 they are."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(_NO_TEXT)
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            piece = self._stream.read(len(buffer))
            text = self._decoder.decode(piece, final=not piece)
            self._ready = text.encode("utf-8", "surrogateescape")
            if not piece:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        self._stream.close()
        super().close()


def skip(stream: BinaryIO, size: int) -> None:
    """Goes on to byte `size` of a stream that was just opened."""
    if stream.seekable():
        stream.seek(size)
    else:
        stream.read(size)


def is_utf8(dialect: Dialect) -> bool:
    """Tells whether the bytes of a file are UTF-8 as they are."""
    return codecs.lookup(dialect.encoding).name == "utf-8"
