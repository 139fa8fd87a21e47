"""The numbers of every graph: when a count is an anomaly, when people are told again, and how often
a run is tried.

How a file of rules is read is here, too; each graph adds its own.
"""

import tomllib
from pathlib import Path
from typing import Any, ClassVar, Self

import dagster as dg
from pydantic import Field, ValidationError, field_validator, model_validator

from resources import typed_values
from resources.errors import InputError

CENTURY_DAYS = 36_525
"""The longest that can be set; nobody means more, and dates end somewhere."""
YEAR_MINUTES = 366 * 24 * 60
"""The same of what is minutes."""


class GraphRules(dg.ConfigurableResource):
    """Numbers that a TOML file or the launchpad can change."""

    page: ClassVar[str] = "docs/rules.md"
    """Where each is described."""
    anomaly_warn: float = Field(
        default=0.10,
        ge=0,
        description="Warn when a count is apart from the median of its history by a larger share.",
    )
    anomaly_error: float = Field(
        default=0.30,
        ge=0,
        description="Hold a wiki back when one of its counts is apart by a larger share.",
    )
    anomaly_noise: float = Field(
        default=3.0,
        ge=0,
        description="A count is no anomaly within so many times the square root of the median.",
    )
    anomaly_history: int = Field(
        default=6, ge=1, description="Published snapshots that a count is compared with."
    )
    anomaly_history_least: int = Field(
        default=2, ge=1, description="With fewer published snapshots no count is an anomaly."
    )
    anomaly_by_wiki: dict[str, dict[str, float]] = Field(
        default={},
        description="Other shares for a wiki: `anomaly_by_wiki.chwiki = {warn = 0.3, error = 0.6}`"
        "; `commonswiki` is for tags.",
    )
    page_again_hours: float = Field(
        default=24,
        gt=0,
        le=24 * CENTURY_DAYS,
        description="Page again when a problem lasts so many hours.",
    )
    run_attempts: int = Field(
        default=4,
        ge=1,
        le=20,
        description="How often a snapshot is run when its runs are lost or fail in passing.",
    )
    run_wait_minutes: float = Field(
        default=10,
        ge=0,
        le=YEAR_MINUTES,
        description="The wait before the second attempt; before each later one it is doubled.",
    )
    blind_minutes: float = Field(
        default=60,
        ge=0,
        description="Page when a sensor could look at nothing for so many minutes.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _as_read(cls, value: Any) -> Any:
        return typed_values.as_read(value)

    @field_validator("*")
    @classmethod
    def _finite(cls, value: Any) -> Any:
        return typed_values.finite(value)

    @field_validator("anomaly_by_wiki")
    @classmethod
    def _as_shares(cls, value: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        return typed_values.shares_by_wiki(value)

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        """See that what WARNs is not beyond what is an ERROR, and that a history can be long enough
        to be compared with."""
        for name, (warn, error) in self.pairs().items():
            if warn > error:
                raise ValueError(
                    f"{name}: warn is {warn:g} and error {error:g}, expected warn to be the lower "
                    "of the two, or the same"
                )
        if self.anomaly_history < self.anomaly_history_least:
            raise ValueError(
                f"anomaly_history is {self.anomaly_history}, expected anomaly_history_least "
                f"({self.anomaly_history_least}) or more: else no count would ever be an anomaly"
            )
        return self

    def pairs(self) -> dict[str, tuple[float, float]]:
        """Give from where on numbers WARN and are an ERROR, by the rules' names."""
        of_wikis = {
            f"anomaly_by_wiki.{wiki}": self.anomaly_shares(wiki) for wiki in self.anomaly_by_wiki
        }
        return {"anomaly": (self.anomaly_warn, self.anomaly_error), **of_wikis}

    @classmethod
    def named(cls, path: str) -> Self:
        """Read the rules of a TOML file; without one they are the defaults. Raises InputError."""
        return cls.from_toml(Path(path)) if path else cls()

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read the defaults with what a TOML file of ``name = value`` lines changes.

        Raises InputError for a file that is not there, is no TOML, or has a name or value that no
        rule has.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(path, f"cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(path, f"is no TOML: {error}") from error
        unknown = sorted(set(values) - set(cls.model_fields))
        if unknown:
            raise InputError(
                path, f"no rule is called {unknown[0]!r}", advice=f"see {cls.page} for the names"
            )
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            where, *within = first["loc"] or ("",)
            problem = first["msg"].removeprefix("Value error, ")
            raise InputError(
                path,
                f"{'.'.join(map(str, within))}: {problem}" if within else problem,
                where=f"rule {where!r}" if where else "",
                advice=f"see {cls.page}",
            ) from error

    def anomaly_shares(self, wiki: str) -> tuple[float, float]:
        """Give the shares by which a wiki's counts may be apart before they WARN and ERROR."""
        own = self.anomaly_by_wiki.get(wiki, {})
        return own.get("warn", self.anomaly_warn), own.get("error", self.anomaly_error)

    def settings(self) -> dict[str, Any]:
        """Give every rule by name, as plain values."""
        return {name: getattr(self, name) for name in type(self).model_fields}
