"""Reads what a wiki says of itself at the beginning of its export."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import msgspec

from resources.errors import InputError
from resources.sources.compressed import open_compressed

_HOST = re.compile(r"\w+://([^/:]+)")


@dataclass(frozen=True)
class Namespace:
    """Its local name, "" for the main one, and whether the first letter of a title may be small."""

    name: str
    is_case_sensitive: bool


@dataclass
class SiteInfo:
    """A wiki: its language's code, its database's name, "" where an export does not tell, its host,
    its namespaces by number.
    """

    language: str = ""
    wiki_db: str = ""
    host: str = ""
    namespaces: dict[int, Namespace] = field(default_factory=dict)


class _Named(msgspec.Struct):
    """A namespace, or another name of it; who writes the file calls the name in two ways each."""

    id: int
    star: str = msgspec.field(name="*", default="")
    name: str = ""
    alias: str = ""

    def names(self) -> set[str]:
        return {self.star, self.name, self.alias} - {""}


class _Query(msgspec.Struct):
    namespaces: dict[str, _Named]
    aliases: list[_Named] = msgspec.field(name="namespacealiases", default_factory=list)


class _Siteinfo(msgspec.Struct):
    query: _Query


class _DoneError(Exception):
    """All of it was read."""


def read_siteinfo(path: Path, pieces: Iterable[bytes]) -> SiteInfo:
    """Read it from the first bytes of an export; no more are taken than are needed.

    Raises InputError for an export without it, or with a document type.
    """
    found, key, case = SiteInfo(), "", ""
    said: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal key, case
        said.clear()
        if name == "mediawiki":
            found.language = attributes.get("xml:lang", "")
        elif name == "namespace":
            key, case = attributes.get("key", ""), attributes.get("case", "")
        elif name == "page":
            raise _DoneError

    def end(name: str) -> None:
        text = "".join(said).strip()
        if name == "dbname":
            found.wiki_db = text
        elif name == "base" and (host := _HOST.match(text)):
            found.host = host[1].lower()
        elif name == "namespace" and key.removeprefix("-").isdecimal():
            found.namespaces[int(key)] = Namespace(text, case == "case-sensitive")
        elif name == "siteinfo":
            raise _DoneError

    def doctype(*_: object) -> None:
        raise InputError(path, "it declares a document type, which no export does")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = said.append
    parser.StartDoctypeDeclHandler = doctype
    try:
        for piece in pieces:
            parser.Parse(piece, False)
    except _DoneError:
        pass
    except expat.ExpatError as error:
        problem = f"no XML: {expat.ErrorString(error.code)}"
        raise InputError(path, problem, where=f"line {error.lineno}") from error
    if not found.namespaces:
        raise InputError(path, "it does not begin with a <siteinfo> that names its namespaces")
    return found


def read_names(path: Path, namespace: int) -> set[str]:
    """Read the local name of a namespace and its aliases from siteinfo-namespaces.json.

    Raises InputError for a file that is none.
    """
    with open_compressed(path) as file:
        text = file.read()
    try:
        query = msgspec.json.decode(text, type=_Siteinfo).query
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(path, f"not what a wiki says of its namespaces: {error}") from error
    named = [*query.namespaces.values(), *query.aliases]
    return {name for each in named if each.id == namespace for name in each.names()}
