"""Answers that a client may ask for again: with an ETag, and 304 where it has them already.

Range is not looked at: all of a body is given, as HTTP allows.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
SAFE = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
"""Goes with what has others' texts in it: no browser takes it for a page."""
ALWAYS_ASK = "no-cache"
"""Keep it, but ask each time whether it is still so."""


def answer(request: Request, body: bytes, media_type: str = JSON) -> Response:
    """Answer with a body, or that the client has it."""
    tag = etag(body)
    if has(request, tag):
        return unchanged(tag)
    return Response(body, 200, headers(tag), media_type)


def safe_answer(request: Request, body: bytes, media_type: str) -> Response:
    """Answer likewise with a body that has others' texts in it."""
    made = answer(request, body, media_type)
    made.headers.update(SAFE)
    return made


def etag(body: bytes) -> str:
    """Give the ETag of a body, or of what a body is made from alone."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def headers(tag: str) -> dict[str, str]:
    """Give what goes with every answer."""
    return {"ETag": tag, "Cache-Control": ALWAYS_ASK}


def has(request: Request, tag: str) -> bool:
    """Tell whether the client said that it has the body of an ETag."""
    asked = [value for name, value in request.scope["headers"] if name == b"if-none-match"]
    known = [
        each.strip().removeprefix("W/")
        for line in asked
        for each in line.decode("latin-1").split(",")
    ]
    return tag in known or "*" in known


def unchanged(tag: str) -> Response:
    """Answer that the client has the body."""
    return Response(status_code=304, headers=headers(tag))
