"""Every number and list of SPEC.md as one configurable object. No rule is applied here."""

from typing import Any

import dagster as dg
from pydantic import Field, field_validator, model_validator

from graph.rules import CENTURY_DAYS, YEAR_MINUTES, GraphRules
from resources import typed_values

NAME_WORDS = [
    "flag",
    "noantimage",
    "no_free_image",
    "image_manquante",
    "replace_this_image",
    "disambig",
    "regions",
    "map",
    "default",
    "defaut",
    "falta_imagem_",
    "imageNA",
    "noimage",
    "noenzyimage",
]

EXCLUDED_CLASSES = [
    "Q13406463",  # list
    "Q4167410",  # disambiguation
    "Q577",  # year
    "Q29964144",  # year BC
    "Q3186692",  # calendar year
    "Q14795564",  # recurrent time frame
    "Q3311614",  # century leap year
    "Q21199",  # natural number
    "Q28920044",  # positive integer
    "Q28920052",  # non-negative integer
    "Q82799",  # name
    "Q101352",  # family name
    "Q202444",  # given name
    "Q12308941",  # male given name
    "Q11879590",  # female given name
    "Q3409032",  # unisex given name
]


class WikiRules(dg.Config):
    """What the community of one wiki decided about what is suggested there."""

    kinds_off: list[str] = Field(
        default=[],
        description="A file that belongs to an item by nothing but these kinds is not suggested.",
    )
    least_confidence: int = Field(
        default=0, ge=0, le=100, description="A file that is less sure is not suggested."
    )
    excluded_files: list[str] = Field(default=[], description="Files that are not suggested.")
    excluded_categories: list[str] = Field(
        default=[], description="Commons categories of which no file is suggested."
    )
    confidence: dict[str, int] = Field(
        default={},
        description="Confidence of files of exactly these kinds, with `+` between them; "
        "`imagesuggest confidence` proposes it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _known(cls, values: dict[str, Any]) -> dict[str, Any]:
        """See that nothing is set that nobody looks at."""
        for name in values:
            if name not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                raise ValueError(f"{name!r} is no rule of a wiki, expected one of {known}")
        return values

    @field_validator("kinds_off")
    @classmethod
    def _as_kinds(cls, value: list[str]) -> list[str]:
        return typed_values.kinds(value)

    @field_validator("confidence")
    @classmethod
    def _as_percent(cls, value: dict[str, int]) -> dict[str, int]:
        return typed_values.percent_by_kinds(value)

    @field_validator("excluded_files", "excluded_categories")
    @classmethod
    def _in_form(cls, value: list[str]) -> list[str]:
        return typed_values.names(value)


class Rules(GraphRules):
    """The numbers and lists of SPEC.md; a TOML file or the launchpad can change each."""

    # Snapshots, section 8
    wiki_oldest_days: int = Field(
        default=0,
        ge=0,
        le=CENTURY_DAYS,
        description="How old a target wiki's dump may be at the snapshot's date, in days.",
    )
    commons_oldest_days: int = Field(
        default=35,
        ge=0,
        le=CENTURY_DAYS,
        description="How old the dump of Commons may be at the snapshot's date, in days.",
    )
    entities_oldest_days: int = Field(
        default=35,
        ge=0,
        le=CENTURY_DAYS,
        description="How old the entity dumps may be at the snapshot's date, in days.",
    )

    # Entities, section 2
    odd_entities_most: int = Field(
        default=10,
        ge=0,
        description="So many entities of a dump may be dropped because they are not understood.",
    )
    odd_entities_share: float = Field(
        default=0.001,
        ge=0,
        le=1,
        description="Stop when more are, and more than this share of the dump's entities.",
    )

    # Signals and tags, section 3
    file_items_most: int = Field(
        default=99,
        ge=1,
        description="A file tied to more items than this by one signal is left out of it.",
    )
    category_items_most: int = Field(
        default=99,
        ge=1,
        description="A Commons category (P373) of more items than this is a collection.",
    )
    category_files_below: int = Field(
        default=100_000, ge=1, description="A category of this many files or more gives no signal."
    )
    score_most: int = Field(default=1000, ge=1, le=1000, description="The highest score of a tag.")
    lead_image_links: int = Field(
        default=5000,
        ge=1,
        description="From this many incoming links on, a lead image has the full score.",
    )

    # Candidates, section 4
    p18_confidence: int = Field(
        default=90, ge=0, le=100, description="Confidence of an item's image."
    )
    p373_confidence: int = Field(
        default=80, ge=0, le=100, description="Confidence of a file in the item's Commons category."
    )
    lead_image_confidence: int = Field(
        default=80, ge=0, le=100, description="Confidence of a lead image on another wiki."
    )
    depicts_confidence: int = Field(
        default=70, ge=0, le=100, description="Confidence of a file that depicts the item."
    )
    overuse_pages: int = Field(
        default=15,
        ge=1,
        description="How many articles of a wiki of `overuse_articles` may share a file.",
    )
    overuse_articles: int = Field(
        default=50_000,
        ge=1,
        description="The size of wiki, in articles, that `overuse_pages` speaks of.",
    )
    overuse_least: float = Field(
        default=3.75,
        gt=0,
        description="The lowest number of articles that may share a file, unrounded.",
    )
    name_words: list[str] = Field(
        default=NAME_WORDS,
        description="A file whose name contains one of these, in any case, is no picture.",
    )
    placeholder_files: list[str] = Field(
        default=[], description="Files known to be placeholders, by name without `File:`."
    )
    placeholder_categories: list[str] = Field(
        default=["Image_placeholders"],
        description="Commons categories whose files are placeholders.",
    )
    picture_media_types: list[str] = Field(
        default=["BITMAP", "DRAWING"],
        description="Media types of pictures: a file known to be of another is no candidate.",
    )
    picture_extensions: list[str] = Field(
        default=["jpg", "jpeg", "png", "gif", "svg", "tif", "tiff", "webp"],
        description="Extensions of pictures, in lower case: a file with another is no candidate, "
        "whatever its media type.",
    )
    width_least: int = Field(
        default=100,
        ge=0,
        description="A file known to be narrower than this, in pixels, is no candidate.",
    )

    # Suggestions, section 5
    excluded_classes: list[str] = Field(
        default=EXCLUDED_CLASSES,
        description="Articles of items of these classes (P31) get no suggestion.",
    )
    excluded_levels: int = Field(
        default=1,
        ge=0,
        description="Nor do those of subclasses (P279), so many levels below; 0 is none.",
    )
    suggestions_most: int = Field(
        default=10, ge=0, description="How many suggestions an article has at most; 0 is no limit."
    )

    wikis: dict[str, WikiRules] = Field(
        default={},
        description="What a wiki's community decided: `wikis.chwiki = {kinds_off = "
        '["istype-depicts"], least_confidence = 80, excluded_files = [], excluded_categories = '
        '[], confidence = {"istype-commons-category+istype-depicts" = 90}}`. '
        "A file that has other kinds than those of `kinds_off`, too, stays as it is.",
    )

    explained_snapshots: int = Field(
        default=2,
        ge=1,
        description="Of how many of the newest snapshots it is kept why an article has its "
        "suggestions, or none.",
    )
    settling_minutes: float = Field(
        default=10,
        ge=0,
        le=YEAR_MINUTES,
        description="How long a file has to be unchanged where no dumpstatus.json tells its size.",
    )
    patience_days: float = Field(
        default=7,
        ge=0,
        le=CENTURY_DAYS,
        description="How long a snapshot waits for a wiki after the first one was complete; and "
        "for the first one, before people are told.",
    )

    # Measured confidence, section 14
    ratings_least: int = Field(
        default=100,
        ge=1,
        description="So many ratings, by at least three judges of whom none gave more than half "
        "of them, propose a confidence.",
    )

    # Monitoring, section 9
    lost_links_warn: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Warn when a larger share of a wiki's links has no target.",
    )
    lost_links_error: float = Field(
        default=0.10,
        ge=0,
        le=1,
        description="Hold a wiki back when a larger share of its links has no target; of Commons "
        "stop.",
    )
    missing_error_articles: int = Field(
        default=100,
        ge=0,
        description="An input table that is empty holds a wiki back that has so many articles, and "
        "only warns of a smaller one; of Commons and the entities it stops the run.",
    )
    odd_feedback_warn: float = Field(
        default=0.10,
        ge=0,
        le=1,
        description="Warn when a larger share of a file's feedback events can not be understood.",
    )
    pages_share_warn: float = Field(
        default=0.80,
        ge=0,
        le=1,
        description="Warn when a wiki has a smaller share of the pages of its last snapshot.",
    )
    fresh_days: int = Field(
        default=20,
        ge=1,
        le=CENTURY_DAYS,
        description="Page when nothing of a wiki was published for so many days.",
    )

    @field_validator("placeholder_files", "placeholder_categories")
    @classmethod
    def _in_form(cls, value: list[str]) -> list[str]:
        return typed_values.names(value)

    @field_validator("name_words")
    @classmethod
    def _as_in_names(cls, value: list[str]) -> list[str]:
        return typed_values.words(value)

    @field_validator("excluded_classes")
    @classmethod
    def _as_items(cls, value: list[str]) -> list[str]:
        return typed_values.items(value)

    @field_validator("picture_media_types")
    @classmethod
    def _as_media_types(cls, value: list[str]) -> list[str]:
        return typed_values.media_types(value)

    @field_validator("picture_extensions")
    @classmethod
    def _as_extensions(cls, value: list[str]) -> list[str]:
        return typed_values.extensions(value)

    @field_validator("wikis")
    @classmethod
    def _of_wikis(cls, value: dict[str, WikiRules]) -> dict[str, WikiRules]:
        typed_values.wikis(value)
        return value

    def pairs(self) -> dict[str, tuple[float, float]]:
        """See GraphRules."""
        return {"lost_links": (self.lost_links_warn, self.lost_links_error), **super().pairs()}

    def settings(self) -> dict[str, Any]:
        """See GraphRules."""
        return {
            **super().settings(),
            "wikis": {wiki: dict(each) for wiki, each in self.wikis.items()},
        }
