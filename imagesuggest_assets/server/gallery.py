"""The gallery: pages on which people look at suggestions and judge them. What happens to what they
send is in judging.py.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from imagesuggest_assets.server.asked import page_id_of, wanted_of, whole_number
from imagesuggest_assets.server.cards import Card, Cards, Seen, card_id
from imagesuggest_assets.server.judgements import Judgements
from imagesuggest_assets.server.judges import Judges, Session
from imagesuggest_assets.server.limits import SEED_MOST
from imagesuggest_assets.server.pages import Page
from imagesuggest_assets.server.rating import VERDICTS, About
from imagesuggest_assets.server.rendering import page
from imagesuggest_assets.server.source import Source
from imagesuggest_assets.server.wanted import Wanted
from resources.stores.kinds import KINDS
from resources.stores.store import INT_MAX
from resources.web.problems import Problem
from resources.wikis import direction_of, domain_of

ARTICLES = 12
"""Articles of a part of a gallery."""
END = "end"
"""The anchor behind the last suggestion of a page."""
SHUFFLES = 10_000


class Gallery:
    """The pages, from one source, with what was judged."""

    def __init__(
        self, source: Source, judges: Judges, judgements: Judgements, *, drawn: bool
    ) -> None:
        self._source, self._judges, self._judgements = source, judges, judgements
        self._drawn = drawn

    async def wikis(self, request: Request) -> Response:
        """Show the wikis, and how each is."""
        wikis = [
            {**wiki, "domain": domain_of(wiki["wiki"])} for wiki in await self._source.described()
        ]
        return self._page(request, "wikis.html", wikis=wikis)

    async def gallery(self, request: Request) -> Response:
        """Show a part of a wiki's articles with their suggestions."""
        query = QueryParams([each for each in request.query_params.multi_items() if each[1]])
        wiki = await self._wiki(request)
        wanted = wanted_of(wiki["wiki"], query, {"seed", "after"})
        seed = whole_number(query, "seed", 0, SEED_MOST, 0)
        after = page_id_of("after", query["after"]) if "after" in query else None
        pages, last = await self._source.part(wanted, seed=seed, after=after, limit=ARTICLES)
        here = f"{request.url.path}?{urlencode(query.multi_items())}"
        others = [(name, value) for name, value in query.multi_items() if name != "after"]
        more = f"{request.url.path}?{urlencode([*others, ('after', last)])}" if last else ""
        session = self._judges.session(request)
        cards = self._cards(session, wiki)
        return self._page(
            request,
            "gallery.html",
            wiki=wiki,
            groups=self._in_a_row(cards, pages, here),
            more=more,
            kinds=KINDS,
            wanted=wanted,
            seed=seed,
            shuffle=seed or 1 + secrets.randbelow(SHUFFLES),
        )

    async def article(self, request: Request) -> Response:
        """Show an article with its suggestions."""
        wiki = await self._wiki(request)
        name, page_id = wiki["wiki"], page_id_of("page_id", request.path_params["page_id"])
        found, _ = await self._source.part(Wanted(name, ids=[page_id]), seed=0, after=None, limit=1)
        if not found:
            raise Problem(404, f"the page {page_id} of {name} has no suggestion at present")
        following, _ = await self._source.part(Wanted(name), seed=0, after=page_id, limit=1)
        cards = self._cards(self._judges.session(request), wiki)
        return self._page(
            request,
            "article.html",
            wiki=wiki,
            group=self._in_a_row(cards, found, request.url.path)[0],
            more=f"/gallery/{name}/{following[0]['page_id']}" if following else "",
            explanation=None,
        )

    async def measure(self, request: Request) -> Response:
        """Show the next suggestion of a wiki's sample that its judge has not judged, or the one
        that is asked for.
        """
        wiki, query = await self._wiki(request), request.query_params
        name = wiki["wiki"]
        sample = await self._source.sample(name)
        session = self._judges.session(request)
        # A sample may have become smaller since the page that leads here was shown.
        after = whole_number(query, "after", 0, INT_MAX, 0)
        at = whole_number(query, "at", 0, INT_MAX, INT_MAX)
        done = [self._is_measured(session, name, *each) for each in sample]
        left = (place for place in range(after, len(sample)) if not done[place])
        place = at if at < len(sample) else next(left, None)
        card = None
        if place is not None:
            page_id, file_name = sample[place]
            wanted = Wanted(name, ids=[page_id])
            found, _ = await self._source.part(wanted, seed=0, after=None, limit=1)
            names = [each["image"] for there in found for each in there["suggestions"]]
            if file_name not in names:
                raise Problem(503, "what is published has just changed; open the page again")
            number = names.index(file_name)
            on = f"{request.url.path}?after={place + 1}"
            card = self._cards(session, wiki).of(found[0], number, "measure", on)
        return self._page(
            request,
            "measure.html",
            wiki=wiki,
            card_shown=card,
            place=place,
            after=after,
            done=sum(done),
            size=len(sample),
        )

    async def judgements(self, request: Request) -> Response:
        """Show what was judged, and by whom."""
        await self._look()
        numbers = self._judgements.numbers()
        by_judge: defaultdict[int, Counter[str]] = defaultdict(Counter)
        by_wiki: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (wiki, verdict, judge), count in sorted(numbers.items()):
            by_judge[judge][verdict] += count
            by_wiki[wiki][verdict] += count
        return self._page(
            request,
            "judgements.html",
            by_judge=by_judge,
            by_wiki=by_wiki,
            verdicts=VERDICTS,
            measured=None,
        )

    async def _wiki(self, request: Request) -> dict[str, Any]:
        """Give a wiki as /v1/wikis does. Raises Problem for one that nobody knows."""
        name = request.path_params["wiki"]
        for wiki in await self._source.described():
            if wiki["wiki"] == name:
                await self._look()
                return wiki
        raise Problem(404, f"{name[:100]!r} is no wiki of which anything is known; / lists them")

    async def _look(self) -> None:
        """See what was judged by now."""
        try:
            await asyncio.to_thread(self._judgements.look)
        except OSError as error:
            raise Problem(503, f"what was judged can not be read: {error.strerror}") from error

    def _cards(self, session: Session, wiki: Seen) -> Cards:
        snapshot = wiki["snapshot"] or ""
        return Cards(self._judges, self._judgements, session, snapshot, drawn=self._drawn)

    def _in_a_row(self, cards: Cards, pages: list[Page], here: str) -> list[list[Card]]:
        """Make the cards of each page. Whoever has judged one goes on with the one behind it."""
        ids = [
            card_id(each, number) for each in pages for number, _ in enumerate(each["suggestions"])
        ]
        behind = dict(zip(ids, [*ids[1:], END], strict=True))
        return [
            [
                cards.of(each, number, "browse", f"{here}#{behind[card_id(each, number)]}")
                for number, _ in enumerate(each["suggestions"])
            ]
            for each in pages
        ]

    def _is_measured(self, session: Session, wiki: str, page_id: int, file_name: str) -> bool:
        if session.judge is None:
            return False
        rating = self._judgements.newest(About(session.judge, wiki, page_id, file_name))
        return rating is not None and rating.mode == "measure"

    def _page(self, request: Request, name: str, **what: Any) -> Response:
        session = self._judges.session(request)
        wiki = what.get("wiki")
        answer = page(
            name,
            judge=session.judge,
            log_in=self._judges.have_tokens and not session.proof,
            direction=direction_of(wiki["wiki"]) if wiki else "ltr",
            **what,
        )
        self._judges.keep(session, request, answer)
        return answer
