"""What is said to people of each condition: SPEC.md section 12. Which hold is not known here.

``words`` tell what holds, with the evidence by its names; ``advice`` what can be done, where
something can.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Of = Literal["wiki", "page", "article", "signal", "file", "pair"]


OF = get_args(Of)


@dataclass(frozen=True)
class Condition:
    """What it is a condition of, what it means, and what to do about it."""

    of: Of
    words: str
    advice: str = ""

    def told(self, evidence: Mapping[str, Any]) -> str:
        """Say it of what was found; lists are written with commas."""
        shown = {name: _shown(value) for name, value in evidence.items()}
        return f"{self.words.format(**shown)} {self.advice}".strip()


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "unknown" if value is None else str(value)


CONDITIONS: Mapping[str, Condition] = {
    "not_published": Condition("wiki", "Nothing of this wiki is published: {reason}."),
    "held": Condition(
        "wiki",
        "Its snapshot {snapshot} is held back: {reason}.",
        "What was published before stays until somebody releases it or a later one is good.",
    ),
    "left_out": Condition("wiki", "It was left out of the snapshot {snapshot}: {reason}."),
    "unknown_page": Condition(
        "page",
        "No page of the wiki is called so.",
        "A page that is younger than the snapshot comes with the next one.",
    ),
    "redirect": Condition(
        "page", "The page is a redirect.", "Ask for the article that it leads to."
    ),
    "no_item": Condition(
        "article",
        "The article has no Wikidata item.",
        "Linking it to one would find the pictures of that.",
    ),
    "local_image": Condition("article", "It has a picture that is the wiki's own: {files}."),
    "commons_image": Condition("article", "It has a picture of Commons: {files}."),
    "disambiguation": Condition("article", "It is a disambiguation page."),
    "excluded_class": Condition(
        "article",
        "Its item is of a class that no picture shows: {classes}.",
        "Where that is wrong, it is mended on Wikidata.",
    ),
    "no_candidate": Condition(
        "article",
        "No file belongs to its item.",
        "The item has no picture on Wikidata: adding one would suggest it here.",
    ),
    "no_file_left": Condition(
        "article",
        "Files belong to its item, and each of them is taken out.",
        "Adding another picture to the item on Wikidata would suggest that here.",
    ),
    "not_on_commons": Condition(
        "signal",
        "{value} is no file of Commons.",
        "Uploaded there under that name it would count.",
    ),
    "category_too_large": Condition(
        "signal",
        "The category {value} has {count} files; one of {limit} or more tells nothing of a file.",
    ),
    "category_of_many_items": Condition(
        "signal",
        "The category {value} belongs to {count} items; one of more than {limit} is a collection.",
    ),
    "file_of_many_items": Condition(
        "signal", "By {signal} it belongs to {count} items; of more than {limit} it shows none."
    ),
    "overused": Condition(
        "file", "{pages} articles use it; what more than {limit} use is an icon."
    ),
    "name": Condition("file", "Its name gives it away, by “{word}”."),
    "placeholder_category": Condition("file", "It is in the category {category}."),
    "not_a_picture": Condition("file", "It is no picture: {media_type}, {extension}."),
    "too_small": Condition("file", "It is {width} pixels wide; at least {limit} are needed."),
    "judged": Condition(
        "pair", "Somebody judged it for this article: {outcome} {when}.", "That is for good."
    ),
    "hidden": Condition(
        "pair",
        "The wiki has a file of its own of this name, which would be shown instead.",
    ),
    "kind_off": Condition("pair", "The wiki turned off all that ties it to the item: {kinds}."),
    "low_confidence": Condition("pair", "It is sure by {confidence} %; the wiki wants {limit} %."),
    "excluded_file": Condition("pair", "The wiki excluded this file."),
    "excluded_category": Condition("pair", "The wiki excluded its category {categories}."),
    "beyond_most": Condition("pair", "It is number {rank}; {limit} are suggested at most."),
}
"""Every condition by its name."""
