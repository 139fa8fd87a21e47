"""Forms that a page of ours sends: bounded, and from nowhere else."""

from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from resources.web.problems import Problem

MEDIA_TYPE = "application/x-www-form-urlencoded"
FIELDS_MOST = 50
Form = dict[str, list[str]]


async def read_form(request: Request, most: int) -> Form:
    """Read the fields of a form of ``most`` bytes or fewer.

    Raises Problem for a form that another site sent, or that is too large or none.
    """
    refuse_others(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != MEDIA_TYPE:
        raise Problem(415, f"a form was expected; send it as {MEDIA_TYPE}")
    body = b""
    async for some in request.stream():
        body += some
        if len(body) > most:
            raise Problem(413, f"the form has more than {most:,} bytes; send fewer")
    try:
        text = body.decode("ascii")
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MOST)
    except ValueError:
        raise Problem(
            400, f"the form can not be read; expected {FIELDS_MOST} fields at most, in UTF-8"
        ) from None


def refuse_others(request: Request) -> None:
    """Raise Problem unless a page of this very host sent the request, which browsers tell."""
    host = request.headers.get("host", "")
    try:
        sender = urlsplit(request.headers.get("origin", "")).netloc
    except ValueError:
        sender = ""
    if not host or sender != host:
        raise Problem(
            403,
            "the form was not sent by a page of this site; open the page here and send it again "
            "(behind a proxy, let it pass `Host` on as the browser sent it)",
        )
