"""URLs of databases, and the secrets that belong in the environment and not in them.

Settings are written to metadata and logs, so a URL holds no password. `${NAME}` in it is the
environment variable of that name, read when a connection is opened and at no other time.
"""

import dataclasses
import os
import re
import urllib.parse
from collections.abc import Sequence

from zeroskew.errors import SettingsError

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRETS = (
    # password=..., sslpassword=..., trustStorePassword=..., token=...
    re.compile(
        r"(?:password|passwd|pwd|passphrase|secret|token|(?:access|account|api|secret)_?key"
        r"|private_key_base64)\s*=\s*[^;&\s]",
        re.IGNORECASE,
    ),
    # //user:password@host
    re.compile(r"//[^/?;@]*:[^?;]+@"),
    # jdbc:oracle:thin:user/password@host
    re.compile(r"^jdbc:(?:\w+:)+[^/@:?;]+/[^@?;]+@"),
)
_FIRST_PASSWORD = re.compile(r"(?<=\?)password=\$\{(\w+)\}(?:&|$)", re.IGNORECASE)
_PASSWORD = re.compile(r"[;&]password=\$\{(\w+)\}(?=[;&]|$)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, repr=False)
class Expanded:
    """A URL with its secrets; kept only while a connection is opened.

    Attributes:
        url: as the driver takes it.
        password: that JDBC's URL asked for, apart from it, so that it may hold any character.
        secrets: what no message may show.
    """

    url: str
    password: str | None
    secrets: Sequence[str]

    def mask(self, message: str) -> str:
        """Returns a message without the secrets."""
        written = {form for one in self.secrets for form in (one, _quote(one)) if one}
        for form in sorted(written, key=len, reverse=True):
            message = message.replace(form, "***")
        return message


def is_url(place: str) -> bool:
    """Tells whether data is in a database, and not in files."""
    return "://" in place or place.startswith("jdbc:")


def refuse_secrets(url: str) -> None:
    """Proves that whatever is secret in a URL is the name of an environment variable.

    Args:
        url: may also be the path of a file, in which nothing is secret.

    Raises:
        SettingsError: a password stands in it.
    """
    if not is_url(url):
        return
    plain = _VARIABLE.sub("", url)
    if any(pattern.search(plain) for pattern in _SECRETS):
        raise SettingsError(
            "no password may stand in the settings, which are kept in metadata and logs",
            allowed="an environment variable, as ${NAME} in data.path",
            received="a URL with a password in it",
            action="export DB_PASSWORD=..., and write ${DB_PASSWORD} in its place",
        )


def expand(url: str) -> Expanded:
    """Puts the values of environment variables in their places.

    Raises:
        SettingsError: a variable is not set.
    """
    secrets = [_variable(name) for name in _VARIABLE.findall(url)]
    if not url.startswith("jdbc:"):
        return Expanded(
            _VARIABLE.sub(lambda found: _quote(_variable(found[1])), url), None, secrets
        )
    password = None
    for pattern in (_FIRST_PASSWORD, _PASSWORD):
        found = pattern.search(url)
        if found:
            password = _variable(found[1])
            url = url[: found.start()] + url[found.end() :]
    return Expanded(_VARIABLE.sub(lambda found: _variable(found[1]), url), password, secrets)


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _variable(name: str) -> str:
    if name not in os.environ:
        raise SettingsError(
            "each variable in the URL of a database must be set in the environment",
            received=f"${{{name}}}, which is not set",
            action=f"export {name}=...",
        )
    return os.environ[name]
