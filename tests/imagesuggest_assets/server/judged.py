"""What judges as a browser does, by forms over HTTP."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import msgspec

from imagesuggest_assets.server.rating import Rating


@dataclass(frozen=True)
class Form:
    """The form of a suggestion on a page."""

    card: str
    file_name: str
    suggestion: str


def forms(page: str) -> list[Form]:
    """Give the forms of a page's suggestions, in their order."""
    found = []
    for card in re.findall(r'<article class="card.*?</article>', page, re.DOTALL):
        values = re.findall(r'name="suggestion" value="([^"]*)"', card)
        name = re.search(r"<h\d[^>]*><bdi>(.*?)</bdi>", card, re.DOTALL)
        number = re.search(r' id="([^"]*)"', card)
        assert name
        assert number
        found += [Form(number[1], unescape(name[1]), unescape(value)) for value in values[:1]]
    return found


def judge(
    client: httpx.Client, suggestion: str, verdict: str = "fits", *reasons: str, **more: Any
) -> httpx.Response:
    """Send a judgement, as a page of the client's own host does."""
    data = {"suggestion": suggestion, "verdict": verdict, "reasons": [*reasons], **more}
    return client.post("/judge", data=data, headers=own_page(client))


def own_page(client: httpx.Client) -> dict[str, str]:
    """Give what a browser says with a form of a page of the server."""
    host = client.headers.get("host", client.base_url.netloc.decode())
    return {"Origin": f"http://{host}"}


def kept(judgements: Path) -> list[Rating]:
    """Give what is kept, sealed or not, in its order."""
    lines = [
        line
        for folder in ("ratings", "open")
        for file in sorted((judgements / folder).glob("*.ndjson"))
        for line in file.read_bytes().splitlines()
    ]
    return [msgspec.json.decode(line, type=Rating) for line in lines]
