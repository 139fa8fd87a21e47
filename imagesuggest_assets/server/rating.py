"""What a judge says of a suggestion, and the feedback event that it becomes (SPEC.md section 13).

Where it is kept is known in judgements.py.
"""

from typing import Any, Literal, NamedTuple, get_args

import msgspec

from resources.stores.store import ORIGIN
from resources.wikis import domain_of

Verdict = Literal["fits", "used", "rejected"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
REASONS = (
    "notrelevant",
    "noinfo",
    "offensive",
    "lowquality",
    "unfamiliar",
    "foreignlanguage",
    "other",
)
"""Why somebody can reject a suggestion."""
Mode = Literal["measure", "browse"]
SCHEMA = "/mediawiki/page/image-suggestions-feedback/2.1.0"
STREAM = "mediawiki.image_suggestions_feedback"


class About(NamedTuple):
    """What a judge says something of."""

    judge: int
    wiki: str
    page_id: int
    file_name: str


class Rating(msgspec.Struct, frozen=True):
    """A judgement as it is kept; ``dt`` is in UTC with milliseconds.

    ``event_id`` is that of its feedback event, None where it has none: an accepted event takes a
    file out for good, so that who says no more than `fits` sends none.
    """

    wiki: str
    page_id: int
    item_id: str
    file_name: str
    kinds: list[str]
    confidence: float
    snapshot: str
    verdict: Verdict
    reasons: list[str]
    judge: int
    mode: Mode
    dt: str
    event_id: str | None

    @property
    def about(self) -> About:
        """Who says it of what."""
        return About(self.judge, self.wiki, self.page_id, self.file_name)


def event_of(rating: Rating) -> dict[str, Any]:
    """Make the feedback event of a rating, as schema 2.1.0 has it."""
    reasons = {"rejection_reasons": rating.reasons} if rating.reasons else {}
    meta = {"stream": STREAM, "dt": rating.dt, "id": rating.event_id}
    return {
        "$schema": SCHEMA,
        "meta": {**meta, "domain": domain_of(rating.wiki) or rating.wiki},
        "dt": rating.dt,
        "wiki": rating.wiki,
        "page_id": rating.page_id,
        "filename": rating.file_name,
        "origin_wiki": ORIGIN,
        "user_id": rating.judge,
        "is_accepted": rating.verdict == "used",
        "is_rejected": rating.verdict == "rejected",
        **reasons,
    }
