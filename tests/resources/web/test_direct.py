"""The address that is answered without what an application does for every other."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from resources.web.direct import Direct
from resources.web.problems import OutOfReachError, handlers


async def _endpoint(request: Request) -> Response:
    return PlainTextResponse(f"the application has {request.url.path}")


async def _read(name: str) -> bytes:
    if name == "away":
        raise OutOfReachError("the store is away")
    if name == "broken":
        raise ZeroDivisionError
    return f"read {name}".encode()


_APPLICATION = Starlette(routes=[Route("/thing/{name:path}", _endpoint, methods=["GET", "PUT"])])
_DIRECT = Direct(_APPLICATION, "/thing/([a-z]+)", _endpoint, _read, handlers("/openapi"))


def _ask(
    path: str, *, method: str = "GET", raising: bool = False, **headers: str
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(_DIRECT, raise_app_exceptions=raising)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(asked())


def test_what_is_read_is_the_body_with_an_etag_and_open_to_other_sites() -> None:
    answer = _ask("/thing/one")
    assert (answer.status_code, answer.text) == (200, "read one")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["etag"] != _ask("/thing/two").headers["etag"]


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/thing/one", "PUT", {}),
        ("/thing/one", "GET", {"If-None-Match": "*"}),
        ("/thing/One", "GET", {}),
        # The same when it is decoded, which only the application may do.
        ("/thing%2Fone", "GET", {}),
        ("/thing/%6Fne", "GET", {}),
    ],
)
def test_all_else_is_left_to_the_application(
    path: str, method: str, headers: dict[str, str]
) -> None:
    assert _ask(path, method=method, **headers).text.startswith("the application has /thing/")


def test_what_is_out_of_reach_is_told_to_other_sites_as_well() -> None:
    answer = _ask("/thing/away", raising=True)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the store is away"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_what_nobody_thought_of_is_told_and_written_down() -> None:
    answer = _ask("/thing/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    with pytest.raises(ZeroDivisionError):
        _ask("/thing/broken", raising=True)
