"""What people send from the gallery's pages: judgements, and tokens of judges."""

import asyncio
from typing import get_args

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from imagesuggest_assets.server.cards import Shown
from imagesuggest_assets.server.judgements import Judgements
from imagesuggest_assets.server.judges import Judges
from imagesuggest_assets.server.rating import REASONS, VERDICTS, Rating, Verdict
from imagesuggest_assets.server.rendering import SITE
from imagesuggest_assets.server.source import Source
from imagesuggest_assets.server.wanted import Wanted
from resources.web.forms import Form, read_form
from resources.web.problems import Problem

BODY_MOST = 16 * 1024
"""Bytes of a form."""
SKIP = "skip"


class Judging:
    """The answers to forms."""

    def __init__(self, source: Source, judges: Judges, judgements: Judgements) -> None:
        self._source, self._judges, self._judgements = source, judges, judgements

    async def judge(self, request: Request) -> Response:
        """Keep a judgement, and lead its judge on."""
        form = await read_form(request, BODY_MOST)
        session = self._judges.session(request)
        if session.judge is None:
            raise Problem(
                403, "you may look, but not judge, here; log in with the token of a judge at /login"
            )
        told = self._judges.told(session, _one(form, "suggestion"))
        shown = msgspec.convert(told, Shown)
        verdict = _one(form, "verdict")
        if verdict != SKIP:
            rating = _rating(shown, session.judge, verdict, form.get("reasons", []))
            await self._refuse_gone(shown)
            try:
                await asyncio.to_thread(self._judgements.add, rating, shown.when)
            except OSError as error:
                raise Problem(
                    503,
                    "the judgement could not be kept; tell whoever runs this service, and try "
                    f"again: {error.strerror}",
                ) from error
        return RedirectResponse(shown.next, 303)

    async def login(self, request: Request) -> Response:
        """Show where a judge's token is entered."""
        session = self._judges.session(request)
        answer = SITE.page(
            "login.html",
            judge=session.judge,
            log_in=self._judges.have_tokens,
            form=self._judges.signed(session, {}),
        )
        self._judges.keep(session, request, answer)
        return answer

    async def log_in(self, request: Request) -> Response:
        """Let who has a judge's token be that judge from now on."""
        form = await read_form(request, BODY_MOST)
        self._judges.told(self._judges.session(request), _one(form, "form"))
        answer = RedirectResponse("/", 303)
        judge = self._judges.logged_in(_one(form, "token").strip())
        self._judges.keep(judge, request, answer)
        return answer

    async def _refuse_gone(self, shown: Shown) -> None:
        """Raise Problem where what is judged is suggested no more."""
        wanted = Wanted(shown.wiki, ids=[shown.page_id])
        pages, _ = await self._source.part(wanted, seed=0, after=None, limit=1)
        if not any(
            file["image"] == shown.file_name for each in pages for file in each["suggestions"]
        ):
            raise Problem(
                409,
                "this file is not suggested for the article any more; nothing was kept, go on with "
                "another",
            )


def _rating(shown: Shown, judge: int, verdict: str, reasons: list[str]) -> Rating:
    """Make a rating of what somebody sent. Raises Problem for what it can not be."""
    if verdict not in get_args(Verdict):
        raise Problem(400, f"verdict is none; expected one of {', '.join((*VERDICTS, SKIP))}")
    if verdict != "rejected":
        # Who ticked reasons and then thought better of it has none.
        reasons = []
    elif not reasons or not {*reasons} <= {*REASONS}:
        raise Problem(
            400, f"who rejects says why; expected one or more reasons of {', '.join(REASONS)}"
        )
    return Rating(
        wiki=shown.wiki,
        page_id=shown.page_id,
        item_id=shown.item_id,
        file_name=shown.file_name,
        kinds=sorted(shown.kinds),
        confidence=shown.confidence,
        snapshot=shown.snapshot,
        verdict=verdict,  # type: ignore[arg-type]
        reasons=[reason for reason in REASONS if reason in reasons],
        judge=judge,
        mode=shown.mode,
        dt="",
        event_id=None,
    )


def _one(form: Form, name: str) -> str:
    values = form.get(name, [])
    if len(values) != 1:
        raise Problem(400, f"the form has {len(values)} fields {name}; expected one")
    return values[0]
