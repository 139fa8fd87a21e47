"""Addresses as people set them: told from folders, and shown without what is secret in them."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from resources.errors import UserError

_WRITTEN_OUT = re.compile(r"\.|/(?!/)")
"""What begins like this is a path, whatever else is in it."""
_MEANT = re.compile(r"//|[@?]|[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*::)*[a-z][a-z0-9+.-]*", re.IGNORECASE)
_NO_PORT = re.compile(r"(?<!\[):(?!\d+$)[^\]]*$")
_SHORT = 4
"""What has fewer letters is no secret, and is part of many words."""
_REACHED_BY = ("AWS_", "HADOOP_USER_NAME")
"""How variables begin that say where an address leads, and as whom one goes there."""


@dataclass(frozen=True)
class Hidden:
    """A text that a resource of the graph has and Dagster does not show: no part of its config."""

    text: str = field(default="", repr=False)


def is_address(text: str) -> bool:
    """Tell whether a text was meant as an address, well written or not, and not as a folder.

    Nobody knows what a mistyped one holds: `htps:/ana:password@host` is no folder's name.
    """
    return not _WRITTEN_OUT.match(text) and bool(
        _MEANT.match(text) or "://" in text or "@" in text or "?" in text
    )


def is_url(text: str) -> bool:
    """Tell whether a text begins as a URL does."""
    scheme, there, rest = text.partition("://")
    return bool(there and rest and _SCHEME.fullmatch(scheme))


def shown(text: str) -> str:
    """Write an address, well written or not, without what may be a secret in it.

    That is what stands before an @, what follows a ?, # or ;, and a port that is none.
    """
    if _WRITTEN_OUT.match(text):
        return text
    scheme, there, rest = text.strip().partition("://")
    if not (there and _SCHEME.fullmatch(scheme)):
        scheme, there, rest = "", "", text.strip()
    host, slash, path = re.split("[?#;]", rest.rpartition("@")[2])[0].partition("/")
    return f"{scheme}{there}{_NO_PORT.sub('', host)}{slash}{path}"


def quoted(text: str) -> str:
    """Write, between quotes, what was set and is not understood: no secret that was put there."""
    return repr(re.split(r"[\s=]", shown(text))[0])


def secrets_of(text: str) -> list[str]:
    """List what shown() leaves out of an address."""
    login, _, rest = text.rpartition("@")
    return [login.rpartition("//")[2], *re.split("[?#;]", rest)[1:]]


def without(text: str, secrets: Iterable[str]) -> str:
    """Write a text, such as that of an error, in one line and without secrets or parts of them."""
    parts = {part for each in secrets for part in (each, *re.split(r"[\s/,:;=&?@]+", each))}
    hidden = sorted((part for part in parts if len(part) >= _SHORT), key=len, reverse=True)
    line = re.sub("|".join(map(re.escape, hidden)) or "(?!)", "***", text, flags=re.IGNORECASE)
    return " ".join(line.split())


def folder_named(setting: str, text: str) -> str:
    """Give a text that names a folder or file of this machine. Raises UserError for an address."""
    if is_address(text):
        raise UserError(
            f"{setting}: {shown(text)} is an address; expected a path of this machine (with ./ or "
            "/ before it where it has signs of an address)"
        )
    return text


def reached_by() -> dict[str, str]:
    """Give the variables by which this process gets at addresses, for one of another machine."""
    return {name: value for name, value in os.environ.items() if name.startswith(_REACHED_BY)}


def reach_by(variables: Mapping[str, str]) -> None:
    """Get at addresses as another process does, where this one has no variables of its own."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)
