"""A suggestion as pages show it, with the form that judges it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from imagesuggest_assets.server import words
from imagesuggest_assets.server.judgements import Judgements
from imagesuggest_assets.server.judges import Judges, Session
from imagesuggest_assets.server.pictures import Picture, picture_of
from imagesuggest_assets.server.rating import About, Mode, Rating
from resources.wikis import direction_of, language_of

Seen = Mapping[str, Any]
"""A page as /v1/suggestions gives it, or one of its suggestions."""


class Shown(msgspec.Struct):
    """What a form is about: the suggestion as it was shown, when (seconds since 1970), and where
    its judge goes on.
    """

    wiki: str
    page_id: int
    item_id: str
    file_name: str
    kinds: list[str]
    confidence: float
    snapshot: str
    mode: Mode
    at: float
    next: str

    @property
    def when(self) -> datetime:
        """When it was shown."""
        return datetime.fromtimestamp(self.at, UTC)


@dataclass(frozen=True)
class Article:
    """An article as pages show it."""

    wiki: str
    page_id: int
    title: str
    item: str
    language: str
    direction: str
    link: str
    here: str


@dataclass(frozen=True)
class Card:
    """A suggestion. ``form`` is what its form sends back, "" for who may only look; ``rating`` what
    the judge said of it last.
    """

    id: str
    article: Article
    file_name: str
    picture: Picture
    confidence: str
    kinds: list[str]
    found_on: list[words.Link]
    rating: Rating | None
    form: str


class Cards:
    """Makes the cards of one answer."""

    def __init__(
        self,
        judges: Judges,
        judgements: Judgements,
        session: Session,
        snapshot: str,
        *,
        drawn: bool,
    ) -> None:
        self._judges, self._judgements, self._session = judges, judgements, session
        self._snapshot, self._drawn = snapshot, drawn

    def of(self, page: Seen, number: int, mode: Mode, on: str) -> Card:
        """Make the card of a page's suggestion, counted from 0. Its judge goes on at ``on``."""
        file = page["suggestions"][number]
        name, kinds, session = file["image"], [*file["kind"]], self._session
        judge = session.judge
        form = ""
        if judge is not None:
            shown = Shown(
                wiki=page["wiki"],
                page_id=page["page_id"],
                item_id=page["page_qid"],
                file_name=name,
                kinds=kinds,
                confidence=file["confidence"],
                snapshot=self._snapshot,
                mode=mode,
                at=time.time(),
                next=on,
            )
            form = self._judges.signed(session, msgspec.structs.asdict(shown))
        return Card(
            id=card_id(page, number),
            article=article_of(page),
            file_name=name,
            picture=picture_of(name, drawn=self._drawn),
            confidence=f"{file['confidence']:g}",
            kinds=kinds,
            found_on=words.articles_of(page["page_qid"], file["found_on"] or ()),
            rating=None if judge is None else self._rating(page, name, judge),
            form=form,
        )

    def _rating(self, page: Seen, name: str, judge: int) -> Rating | None:
        return self._judgements.newest(About(judge, page["wiki"], page["page_id"], name))


def card_id(page: Seen, number: int) -> str:
    """Name the card of a page's suggestion, counted from 0."""
    return f"s{page['page_id']}-{number + 1}"


def article_of(page: Seen) -> Article:
    """Make an article of a page."""
    wiki, title = page["wiki"], page["title"]
    return Article(
        wiki=wiki,
        page_id=page["page_id"],
        title=title,
        item=page["page_qid"],
        language=language_of(wiki),
        direction=direction_of(wiki),
        link=words.article_page(wiki, title),
        here=f"/gallery/{wiki}/{page['page_id']}",
    )
