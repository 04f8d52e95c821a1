"""The token that clients send: where the service has it from, and how it is compared."""

import hmac
import os

from model.serving.service.settings import ServeSettings
from zeroskew.errors import SettingsError


def read_token(settings: ServeSettings) -> str | None:
    """Returns the token that each client must send; None if none is asked for.

    Raises:
        SettingsError: the variable or the file that is to hold it does not.
    """
    token: str | None = None
    if settings.token_variable is not None:
        place = f"the environment variable {settings.token_variable}"
        token = os.environ.get(settings.token_variable, "")
    elif settings.token_file is not None:
        place = f"the file {settings.token_file}"
        try:
            token = settings.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            token = ""
    if token == "":
        raise SettingsError(
            "the token that clients must send must be there, and not empty",
            received=f"nothing in {place}",
            action="set it, or take serve.token_variable and serve.token_file out of the settings",
        )
    return token


def is_allowed(authorization: bytes | str | None, token: str) -> bool:
    """Whether a client has sent the token, compared in a time that tells nothing of it.

    Args:
        authorization: the header of that name.
        token: what it must hold.
    """
    sent = authorization.encode() if isinstance(authorization, str) else authorization or b""
    return hmac.compare_digest(sent, f"Bearer {token}".encode())
