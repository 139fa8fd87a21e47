"""The gallery: pages on which people look at suggestions and judge them. What happens to what they
send is in judging.py.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from imagesuggest_assets.server.asked import page_id_of, wanted_of
from imagesuggest_assets.server.cards import Card, Cards, Seen, card_id
from imagesuggest_assets.server.judgements import Judgements
from imagesuggest_assets.server.judges import Judges, Session
from imagesuggest_assets.server.limits import SEED_MOST
from imagesuggest_assets.server.measured import Measured
from imagesuggest_assets.server.pages import Page
from imagesuggest_assets.server.rating import VERDICTS, About
from imagesuggest_assets.server.rendering import SITE
from imagesuggest_assets.server.source import NotKeptError, Source
from imagesuggest_assets.server.wanted import Wanted
from resources.errors import UserError
from resources.stores.kinds import KINDS
from resources.stores.store import INT_MAX
from resources.web.answers import answer
from resources.web.asked import whole_number
from resources.web.problems import Problem
from resources.wikis import direction_of, domain_of

ARTICLES = 12
"""Articles of a part of a gallery."""
END = "end"
"""The anchor behind the last suggestion of a page."""
SHUFFLES = 10_000
T = TypeVar("T")


class Gallery:
    """The pages, from one source, with what was judged."""

    def __init__(
        self,
        source: Source,
        judges: Judges,
        judgements: Judgements,
        measured: Measured,
        *,
        drawn: bool,
    ) -> None:
        self._source, self._judges, self._judgements = source, judges, judgements
        self._measured = measured
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
        explanation = await self._explained(name, page_id)
        if not found:
            # It may have had one until now: then people want to know why.
            if explanation is None or explanation["title"] is None:
                raise Problem(404, f"the page {page_id} of {name} has no suggestion at present")
            return self._page(request, "explain.html", wiki=wiki, explanation=explanation, asked="")
        following, _ = await self._source.part(Wanted(name), seed=0, after=page_id, limit=1)
        cards = self._cards(self._judges.session(request), wiki)
        return self._page(
            request,
            "article.html",
            wiki=wiki,
            group=self._in_a_row(cards, found, request.url.path)[0],
            more=f"/gallery/{name}/{following[0]['page_id']}" if following else "",
            explanation=explanation,
        )

    async def explain(self, request: Request) -> Response:
        """Show why an article has its suggestions, or none, by the title in the address or in the
        form.
        """
        from resources.sources.names import normalize_title

        wiki = await self._wiki(request)
        typed = request.path_params.get("title") or request.query_params.get("title", "")
        title = normalize_title(typed)
        if not title:
            raise Problem(400, "no title was given; write that of an article")
        try:
            explanation = await self._source.explained(wiki["wiki"], title, "")
        except NotKeptError as error:
            raise Problem(404, str(error)) from error
        if explanation is None:
            raise Problem(404, f"nothing is known of {wiki['wiki']}")
        return self._page(request, "explain.html", wiki=wiki, explanation=explanation, asked=title)

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
        """Show what was judged, by whom, and what it measures so far."""
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
            measured=await self._look_at(self._measured.cells),
        )

    async def plot(self, request: Request) -> Response:
        """Answer with a picture of what is measured so far."""
        image = await self._look_at(self._measured.plot)
        if not image:
            raise Problem(404, "no share of a sample is known yet, of which there would be a plot")
        return answer(request, image, "image/webp")

    async def _wiki(self, request: Request) -> dict[str, Any]:
        """Give a wiki as /v1/wikis does. Raises Problem for one that nobody knows."""
        name = request.path_params["wiki"]
        for wiki in await self._source.described():
            if wiki["wiki"] == name:
                await self._look()
                return wiki
        raise Problem(404, f"{name[:100]!r} is no wiki of which anything is known; / lists them")

    async def _explained(self, wiki: str, page_id: int) -> dict[str, Any] | None:
        """Explain a page; None where it is not kept what explains it."""
        try:
            return await self._source.explained(wiki, page_id, "")
        except NotKeptError:
            return None

    async def _look(self) -> None:
        """See what was judged by now."""
        await self._look_at(self._judgements.look)

    async def _look_at(self, look: Callable[[], T]) -> T:
        """Look at what was judged, in another thread."""
        try:
            return await asyncio.to_thread(look)
        except (UserError, OSError) as error:
            raise Problem(503, f"what was judged can not be read: {error}") from error

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
        answer = SITE.page(
            name,
            judge=session.judge,
            log_in=self._judges.have_tokens and not session.proof,
            direction=direction_of(wiki["wiki"]) if wiki else "ltr",
            **what,
        )
        self._judges.keep(session, request, answer)
        return answer
