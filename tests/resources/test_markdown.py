"""What others wrote is shown in the UI's Markdown as it is."""

import html
import re

import pytest

from resources.io_manager import escaped


@pytest.mark.parametrize(
    "text",
    [
        "[click](https://evil.example)",
        "![x](https://evil.example/pixel.png)",
        "<img src=x onerror=alert(1)>",
        "**bold** _it_ __it__ ~~no~~ `code`",
        "a | b \\| c",
        "www.evil.example and https://evil.example",
        "&lt;b&gt;",
        "someone@evil.example",
        "$x$",
    ],
)
def test_a_name_is_no_markup_link_or_html(text: str) -> None:
    shown = escaped(text)
    assert html.unescape(shown) == text
    rest = re.sub(r"&#\d+;", "", shown)
    assert not re.search(r"[][<>*`|~\\@$&!/]", rest)
    assert not re.search(r"(^|[\W_])_|_([\W_]|$)", shown)
    assert "www." not in rest


def test_what_is_in_most_names_stays_as_it_is() -> None:
    assert escaped("Rio_de_Janeiro_(cidade),_1999.jpg: 12 é ق") == (
        "Rio_de_Janeiro_(cidade),&#95;1999.jpg: 12 é ق"
    ).replace("Janeiro_(", "Janeiro&#95;(")
    assert escaped("one\ntwo\u2028 three") == "one two three"
