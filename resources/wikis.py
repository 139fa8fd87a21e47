"""What the database name of a wiki tells: where it is on the web, and how its language is written.

The names follow Wikimedia's configuration (`wmf-config`, dblists and `wgLanguageCode`).
"""

import re

_PROJECTS = {
    "wiki": "wikipedia",
    **{
        name: name
        for name in (
            *("wiktionary", "wikibooks", "wikinews", "wikiquote"),
            *("wikisource", "wikiversity", "wikivoyage"),
        )
    },
}
_NAME = re.compile(rf"([a-z0-9_]+?)({'|'.join(_PROJECTS)})", re.ASCII)
_OTHERS = {
    "commonswiki": "commons.wikimedia.org",
    "incubatorwiki": "incubator.wikimedia.org",
    "mediawikiwiki": "www.mediawiki.org",
    "metawiki": "meta.wikimedia.org",
    "sourceswiki": "wikisource.org",
    "specieswiki": "species.wikimedia.org",
    "wikidatawiki": "www.wikidata.org",
}
_MOVED = {"be_x_old": "be-tarask"}
"""Wikis that are elsewhere than their name says."""
_LANGUAGES = {
    "als": "gsw",
    "bat-smg": "sgs",
    "cbk-zam": "cbk",
    "fiu-vro": "vro",
    "no": "nb",
    "roa-rup": "rup",
    "simple": "en",
    "test": "en",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
"""Codes that are called otherwise by BCP 47."""
_RIGHT_TO_LEFT = {
    *("aeb", "ar", "arc", "ary", "arz", "azb", "bal", "bgn", "bqi", "ckb", "dv", "fa", "glk"),
    *("he", "khw", "ks", "lki", "lrc", "luz", "mzn", "nqo", "pnb", "ps", "sd", "sdh", "skr"),
    *("ug", "ur", "ydd", "yi"),
}


def domain_of(wiki: str) -> str:
    """Give the host of a wiki; "" for one of which nobody knows where it is."""
    if wiki in _OTHERS:
        return _OTHERS[wiki]
    found = _NAME.fullmatch(wiki)
    return f"{_code(found[1])}.{_PROJECTS[found[2]]}.org" if found else ""


def language_of(wiki: str) -> str:
    """Give the language of a wiki, as BCP 47 has it; "en" for one that is in many."""
    found = None if wiki in _OTHERS else _NAME.fullmatch(wiki)
    if not found:
        return "en"
    code = _code(found[1])
    return _LANGUAGES.get(code, code)


def direction_of(wiki: str) -> str:
    """Give the direction in which a wiki is read: ``ltr`` or ``rtl``."""
    return "rtl" if language_of(wiki) in _RIGHT_TO_LEFT else "ltr"


def _code(name: str) -> str:
    return _MOVED.get(name, name.replace("_", "-"))
