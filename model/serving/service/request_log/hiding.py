"""Values that a log may not show: left out, or known again by a hash and nothing else.

HMAC-SHA256 with a secret: without it, nobody finds a value by hashing all there are.
"""

import hashlib
import hmac
import os
from collections.abc import Collection
from typing import Any

import pyarrow as pa

from model.serving.service.settings import LogSettings
from zeroskew.errors import SettingsError

HASHED = "hashed_"
"""What the name of a hashed column begins with: its values are none of the column's own."""


def read_salt(settings: LogSettings) -> bytes:
    """Returns the secret of the hashes; empty if nothing is hashed.

    Raises:
        SettingsError: the variable that is to hold it does not.
    """
    if not settings.hash_columns:
        return b""
    salt = os.environ.get(settings.salt_variable or "", "")
    if not salt:
        raise SettingsError(
            "columns of the log are hashed with a secret",
            allowed="a variable of the environment, named by serve.log.salt_variable",
            received=f"nothing in {settings.salt_variable or 'no variable'}",
            action="set it, or take serve.log.hash_columns out of the settings",
        )
    return salt.encode()


def hashed(value: Any, salt: bytes) -> str | None:
    """Returns 64 hexadecimal digits, the same for the same value; None for none.

    A whole number has the hash of its text, so that a key is known again in any file.
    """
    if value is None:
        return None
    content = value if isinstance(value, bytes) else str(value).encode()
    return hmac.new(salt, content, hashlib.sha256).hexdigest()


def hide(
    columns: dict[str, pa.Array],
    hash_columns: Collection[str],
    left_out: Collection[str],
    salt: bytes,
) -> dict[str, pa.Array]:
    """Returns the columns with some hashed, under another name, and some left out."""
    shown = {}
    for name, column in columns.items():
        if name in hash_columns:
            digests = [hashed(value, salt) for value in column.to_pylist()]
            shown[HASHED + name] = pa.array(digests, pa.string())
        elif name not in left_out:
            shown[name] = column
    return shown
