"""Where a page finds the picture of a file: at Commons, or drawn here where there is no network."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from resources.web.answers import safe_answer

COMMONS = "https://commons.wikimedia.org"
HOSTS = (COMMONS, "https://upload.wikimedia.org")
"""Where pictures come from: the first leads to the second."""
WIDTHS = (330, 500, 960)
"""In pixels; Wikimedia makes pictures of some widths only (20, 40, 60, 120, 250, 330, 500, 960 and
1280)."""
_DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" role="img">
<rect width="400" height="300" fill="hsl({hue},35%,82%)"/>
<circle cx="{x}" cy="{y}" r="{r}" fill="hsl({other},60%,70%)"/>
<path d="M0 300 L{a} {peak} L{b} 300 Z" fill="hsl({hue},40%,45%)"/>
<path d="M{a} 300 L{c} {second} L400 300 Z" fill="hsl({hue},40%,35%)"/>
<rect y="252" width="400" height="48" fill="#fff" fill-opacity="0.9"/>
<text x="200" y="272" font-family="sans-serif" font-size="14" text-anchor="middle" fill="#202122">
{name}</text>
<text x="200" y="290" font-family="sans-serif" font-size="12" text-anchor="middle" fill="#54595d">
drawn here, not the file of Commons</text>
</svg>"""


@dataclass(frozen=True)
class Picture:
    """What an image's `src` and `srcset` are."""

    src: str
    srcset: str = ""


def picture_of(name: str, *, drawn: bool) -> Picture:
    """Give the picture of a file."""
    if drawn:
        return Picture(f"/picture/{quote(name, safe='')}")
    path = f"{COMMONS}/wiki/Special:FilePath/{quote(name, safe='')}?width="
    return Picture(f"{path}{WIDTHS[0]}", ", ".join(f"{path}{width} {width}w" for width in WIDTHS))


async def drawing(request: Request) -> Response:
    """Answer with a picture that is made of a file's name alone, and says so."""
    name = request.path_params["name"]
    some = hashlib.sha256(name.encode()).digest()
    shown = "".join(letter if letter.isprintable() else " " for letter in name.replace("_", " "))
    shown = shown if len(shown) <= 44 else f"{shown[:43]}…"
    text = _DRAWING.format(
        hue=some[0] * 360 // 256,
        other=some[1] * 360 // 256,
        x=60 + some[2],
        y=50 + some[3] // 4,
        r=20 + some[4] // 6,
        a=90 + some[5] // 2,
        b=240 + some[6] // 2,
        c=230 + some[7] // 3,
        peak=60 + some[8] // 2,
        second=90 + some[9] // 2,
        name=escape(shown),
    )
    return safe_answer(request, text.encode(), "image/svg+xml")
