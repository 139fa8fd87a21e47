"""Reads what a deployment sets, environment variables, and says what is not understood.

What every graph is told is here; what else there is, is known to each.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal, get_args

from resources.addresses import folder_named, is_address, quoted, shown
from resources.checkout import checkout
from resources.errors import UserError
from resources.sources.places import CONNECTIONS
from resources.storage import lake_named

Engine = Literal["duckdb", "spark"]
ENGINES: tuple[Engine, ...] = get_args(Engine)


@dataclass(frozen=True)
class Environment:
    """The variables `<PREFIX>_<NAME>`, of the first prefix that has one; ``given`` settings win
    where they are not empty.
    """

    prefixes: Sequence[str]
    given: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, name: str, default: str = "") -> str:
        """Give a setting as it is."""
        set_there = (os.environ.get(variable) for variable in variables(self.prefixes, name))
        return self.given.get(name) or next(filter(None, set_there), default)

    def variable(self, name: str) -> str:
        """Name the variable of a setting."""
        return variables(self.prefixes, name)[0]

    def place(self, name: str, default: str = "") -> str:
        """Give a folder. Raises UserError for what can be none."""
        return folder_named(self.variable(name), self(name, default))

    def number(self, name: str, default: int, least: int = 1) -> int:
        """Give a whole number. Raises UserError for what is none, and for one that is too small."""
        text = self(name, str(default))
        number = int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else -1
        if number < least:
            raise UserError(
                f"{self.variable(name)} is {quoted(text)}; write a number of {least} or more"
            )
        return number

    def size(self, name: str) -> str:
        """Refuse what is nothing like a size; whoever needs one reads it."""
        text = self(name)
        if not re.fullmatch(r"[\w.\s-]*", text, re.ASCII):
            variable = self.variable(name)
            raise UserError(f"{variable} is {quoted(text)}; write a size such as 4GB or 512MB")
        return text

    def engine(self) -> Engine:
        """Give the engine. Raises UserError for another, and for Spark where that is not there."""
        engine = self("engine", "duckdb")
        if engine == "spark" and find_spec("pyspark") is None:
            raise UserError("the engine spark needs PySpark, which is not here; run `make install`")
        for known in ENGINES:
            if engine == known:
                return known
        variable = self.variable("engine")
        raise UserError(f"{variable} is {quoted(engine)}; choose duckdb or spark")

    def wikis(self) -> str:
        """Give names of wikis with commas between them. Raises UserError for what is no name."""
        text = self("wikis")
        for place, wiki in enumerate(text.split(","), 1):
            if not re.fullmatch(r"\s*\w*\s*", wiki, re.ASCII):
                raise UserError(
                    f"{self.variable('wikis')}: wiki {place}, {quoted(wiki)}, is none; write "
                    "database names such as ptwiki,chwiki"
                )
        return text

    def contact(self) -> str:
        """Give what mirrors are told. Raises UserError for an address with a secret in it."""
        text = self("contact")
        told = text.removeprefix("mailto:")
        if re.search(r"[:/].*@", told) or (
            is_address(told) and "@" not in told and told != shown(told)
        ):
            raise UserError(
                f"{self.variable('contact')}: {shown(text)} is told to mirrors; write it without a "
                "user, a password or a key"
            )
        return text

    def ui(self) -> str:
        """Give where the UI is. Raises UserError for what is no address, or has a secret in it."""
        text = self("ui", "http://127.0.0.1:3000")
        pattern = r"https?://[^/\s]+(/\S*)?"
        if not re.fullmatch(pattern, text, re.IGNORECASE) or text != shown(text):
            raise UserError(
                f"{self.variable('ui')}: {quoted(text)} is in every page; write where people find "
                "the UI, such as https://suggestions.example.org, without a user, a password or a "
                "key"
            )
        return text.rstrip("/")

    def spark(self) -> dict[str, str]:
        """Give Spark's own settings, ``name=value`` with white space between them."""
        return dict(self._pair(*each) for each in enumerate(self("spark").split(), 1))

    def _pair(self, place: int, setting: str) -> tuple[str, str]:
        name, equals, value = setting.partition("=")
        if not (equals and re.fullmatch(r"spark\.[\w.-]+", name, re.ASCII)):
            # Not shown: it may be the rest of a password with a space in it.
            raise UserError(
                f"{self.variable('spark')}: word {place} is no setting such as spark.master=yarn, "
                "with white space between two and none in one"
            )
        return name, value


@dataclass(frozen=True)
class CommonSettings:
    """Where things are and what computes; each field is an environment variable."""

    dumps: str = field(default="", repr=False)
    wikis: str = ""
    lake: str = "data/lake"
    scratch: str = ""
    engine: Engine = "duckdb"
    memory: str = ""
    rules: str = ""
    spark: dict[str, str] = field(default_factory=dict, repr=False)
    cache: str = "data/cache"
    cache_limit: str = ""
    connections: int = CONNECTIONS
    contact: str = ""
    pages: str = field(default="", repr=False)
    ui: str = "http://127.0.0.1:3000"


def common(setting: Environment, own: Environment, lake: str) -> dict[str, Any]:
    """Read the fields of CommonSettings. The wikis, the lake, by default ``lake`` among the
    checkout's data, and the rules are never those of another graph, which ``own`` does not know.

    Raises UserError for what is not understood, and for Spark where it is not installed.
    """
    data = checkout() / "data"
    return {
        "dumps": setting("dumps"),
        "wikis": own.wikis(),
        "lake": lake_named(own("lake", str(data / lake))),
        "scratch": setting.place("scratch"),
        "engine": setting.engine(),
        "memory": setting.size("memory"),
        "rules": own.place("rules"),
        "spark": setting.spark(),
        "cache": setting.place("cache", str(data / "cache")),
        "cache_limit": setting.size("cache_limit"),
        "connections": setting.number("connections", CONNECTIONS),
        "contact": setting.contact(),
        "pages": setting("pages"),
        "ui": setting.ui(),
    }


def variables(prefixes: Sequence[str], name: str) -> list[str]:
    """Name the variables of a setting, the one that counts first."""
    return [f"{prefix}_{name.upper()}" for prefix in prefixes]
