"""Every number and list of MODULES.md as one configurable object. No rule is applied here."""

from typing import Any, ClassVar

from pydantic import Field, field_validator

from graph.rules import CENTURY_DAYS, GraphRules
from resources.sources.module_dumps import MONTH_DAYS

DRAFT_WORDS = [
    *("sandbox", "sandbox2", "test", "tests", "testcase", "testcases", "testing"),
    *("doc", "documentation", "пясъчник", "песочница", "bac à sable", "spielwiese"),
]


class Rules(GraphRules):
    """The numbers and lists of MODULES.md; a TOML file or the launchpad can change each."""

    page: ClassVar[str] = "docs/modules-rules.md"
    draft_words: list[str] = Field(
        default=DRAFT_WORDS,
        description="A module with such a part between slashes of its title is a draft.",
    )
    month_days: int = Field(
        default=MONTH_DAYS,
        ge=0,
        le=CENTURY_DAYS,
        description="How old the month of edits and of views may be at the snapshot's date.",
    )
    wiki_patience_days: int = Field(
        default=10,
        ge=0,
        le=CENTURY_DAYS,
        description="Wikis whose dump is not whole so long after its date are left out.",
    )
    settling_minutes: float = Field(
        default=60,
        ge=0,
        description="How long a file has to be unchanged of which nothing says that it is whole.",
    )
    function_tokens: int = Field(
        default=50, ge=1, description="Functions of fewer tokens are not listed."
    )
    bucket_heads: int = Field(
        default=50,
        ge=1,
        description="So many shapes of one bucket are compared with all the others in it.",
    )
    broken_share: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Hold a wiki back when a larger share of its modules is broken that was not.",
    )
    uses_without_module_warn: float = Field(
        default=0.10,
        ge=0,
        le=1,
        description="Warn when a larger share of a wiki's uses is of titles without a module.",
    )
    family_share: float = Field(
        default=0.20,
        ge=0,
        le=1,
        description="Hold all back when one family has a larger share of all modules.",
    )
    families_gone_warn: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Warn when a larger share of the large families of the last snapshot is gone.",
    )
    large_family_wikis: int = Field(
        default=10, ge=2, description="From so many wikis on a family is large."
    )

    @field_validator("draft_words")
    @classmethod
    def _not_empty(cls, value: list[str]) -> list[str]:
        for word in value:
            if not word.strip() or "/" in word:
                raise ValueError(f"{word!r} is no part of a title between slashes")
        return value

    def settings(self) -> dict[str, Any]:
        """See GraphRules."""
        return {**super().settings(), "draft_words": list(self.draft_words)}
