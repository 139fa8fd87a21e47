"""The description of all addresses (OpenAPI 3.1), from which docs/api.md is made as well.

Columns are those of the readers' tables; what is checked of a value is what asked.py checks.
"""

from graph.declared import STATES
from imagesuggest_assets.catalog.conditions import CONDITIONS, OF
from imagesuggest_assets.server.limits import IDS_MOST, LIMIT, MOST, SEED_MOST
from imagesuggest_assets.server.verdicts import NOT_SUGGESTED, SUGGESTED, TAKEN_OUT, WOULD_BE
from resources.stores.kinds import KINDS
from resources.stores.store import COLUMNS, INT_MAX, KEYS
from resources.web.description import (
    TEXT,
    WHOLE,
    WIKI,
    Node,
    a_list,
    an_object,
    component,
    described,
    or_null,
    parameter,
    path,
    problems,
)

TITLE = "Image suggestions"
ABOUT = (
    "Pictures for Wikipedia articles that have none. Below /public and /private as Wikimedia's own "
    "clients read them; below /v1, lists, and what is published. All of this is read only: GET and "
    "HEAD. Answers have an ETag, by which they are asked for again (304). The pages for people, at "
    "/, are not described here."
)
PROBLEMS = problems("The readers' store or the lake")
"""Every error that an address can answer with."""
_TYPES: dict[str, Node] = {
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "timeuuid": {"type": "string", "format": "uuid"},
    "set<text>": {"type": "array", "items": {"type": "string"}},
}
_MEANINGS = {
    "suggestions": "The suggestions of a page, best first; `kind` is strongest first. Of a page "
    "that was published several times only the newest rows.",
    "title_cache": "The page of a title, if it has suggestions. A slash of the title is `%2F`.",
    "instanceof_cache": "The classes (P31) of the item of a page, if it has suggestions.",
    "feedback": "What editors said of the files that were suggested for a page.",
}
_KIND = {
    "kind": "Only suggestions of this kind; may come several times, or with commas.",
    "confidence": "Only suggestions that are at least so sure, in percent.",
}


def description() -> Node:
    """Give the whole description."""
    return described(
        TITLE,
        ABOUT,
        {
            **{_row_path(table): _rows(table) for table in COLUMNS},
            "/v1/wikis": _path("What is served of each wiki.", [], "Wikis"),
            "/v1/suggestions/{wiki}": _path(_PAGES, [WIKI, *_PAGE_QUERY, *_FILTERS], "Pages"),
            "/v1/suggestions/{wiki}.ndjson": _path(
                "All pages of a wiki with their suggestions, by page id, a `Page` a line, as they "
                "are read.",
                [WIKI, *_FILTERS],
                {"type": "string"},
                "application/x-ndjson",
            ),
            "/v1/explain/{wiki}/{title}": _path(
                f"Why the page of a title has its suggestions, or none. {_EXPLAINED}",
                [WIKI, _TITLE, _SNAPSHOT],
                "Explanation",
            ),
            "/v1/explain/{wiki}": _path(
                f"The same for a page's id. {_EXPLAINED}",
                [
                    WIKI,
                    parameter("query", "page_id", _PAGE_ID, "The page's id.", required=True),
                    _SNAPSHOT,
                ],
                "Explanation",
            ),
            "/healthz": _path("The process lives.", [], "Status"),
            "/readyz": _path("The readers' store and the lake answer.", [], "Status"),
            "/metrics": _path(
                "Numbers for Prometheus.", [], {"type": "string"}, "text/plain", tagged=False
            ),
            "/openapi": _path("This description.", [], {"type": "object"}),
        },
        {**{f"{table}_row": _row(table) for table in COLUMNS}, **_SCHEMAS},
    )


def _row_path(table: str) -> str:
    side = "public" if table == "suggestions" else "private"
    key = KEYS[table][0][-1]
    return f"/{side}/image_suggestions/{table}/{{wiki}}/{{{key}}}"


def _rows(table: str) -> Node:
    rows = {"type": "array", "items": component(f"{table}_row")}
    key = KEYS[table][0][-1]
    return _path(
        f"{_MEANINGS[table]} No row, as of a wiki that nobody knows, is an empty list.",
        [WIKI, _TITLE if key == "title" else parameter("path", key, _PAGE_ID, "The page's id.")],
        an_object({"rows": rows}),
    )


def _row(table: str) -> Node:
    partition, sorting = KEYS[table]
    columns = {
        name: _TYPES[kind] if name in (*partition, *sorting) else or_null(_TYPES[kind])
        for name, kind in COLUMNS[table].items()
    }
    return an_object(columns)


def _path(
    summary: str,
    parameters: list[Node],
    schema: Node | str,
    media_type: str = "application/json",
    *,
    tagged: bool = True,
) -> Node:
    return path(summary, parameters, schema, PROBLEMS, media_type, tagged=tagged)


_PAGE_ID = {"type": "integer", "minimum": 1, "maximum": INT_MAX}
_TITLE = parameter(
    "path", "title", {"type": "string", "minLength": 1}, "With spaces or underscores."
)
_SNAPSHOT = parameter(
    "query",
    "snapshot",
    {"type": "string", "format": "date"},
    "Not what is published, but another snapshot of which explanations are kept.",
)
_EXPLAINED = (
    "Each condition has its words and its evidence. Of a wiki that nobody knows, and of a snapshot "
    "of which nothing is kept that explains it, nothing can be told (404)."
)
_PAGES = (
    f"Pages with their suggestions: those of some `id`s (up to {IDS_MOST}), or all, a part at a "
    "time. `seed` 0 is by page id, any other a shuffle that stays the same. `next` is the address "
    "of the next part, null at the end."
)
_PAGE_QUERY = [
    parameter(
        "query",
        "id",
        {**a_list(_PAGE_ID), "maxItems": IDS_MOST, "minItems": 1},
        "Only these pages; may come several times, or with commas.",
    ),
    parameter(
        "query",
        "seed",
        {"type": "integer", "minimum": 0, "maximum": SEED_MOST, "default": 0},
        "The order of the pages.",
    ),
    parameter(
        "query",
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST},
        f"Pages of a part; {LIMIT} if not given, or as many as there are ids.",
    ),
    parameter("query", "after", _PAGE_ID, "The page after which the part begins, as in `next`."),
]
_FILTERS = [
    parameter(
        "query",
        "kind",
        {**a_list({"type": "string", "enum": list(KINDS)}), "minItems": 1},
        _KIND["kind"],
    ),
    parameter(
        "query",
        "confidence",
        {"type": "integer", "minimum": 0, "maximum": 100, "default": 0},
        _KIND["confidence"],
    ),
]
_SCHEMAS: dict[str, Node] = {
    "Page": an_object(
        {
            "wiki": TEXT,
            "page_id": _PAGE_ID,
            "page_rev": WHOLE,
            "page_qid": TEXT,
            "title": TEXT,
            "suggestions": a_list(component("Suggestion")),
        }
    ),
    "Suggestion": an_object(
        {
            "image": TEXT,
            "origin_wiki": TEXT,
            "confidence": {"type": "number", "minimum": 0, "maximum": 100},
            "kind": a_list(TEXT),
            "found_on": or_null(a_list(TEXT)),
        }
    ),
    "Pages": an_object({"pages": a_list(component("Page")), "next": or_null(TEXT)}),
    "Explanation": an_object(
        {
            "wiki": TEXT,
            "snapshot": or_null(TEXT),
            "page_id": or_null(_PAGE_ID),
            "title": or_null(TEXT),
            "item_id": or_null(TEXT),
            "verdict": {"enum": [SUGGESTED, NOT_SUGGESTED]},
            "conditions": a_list(component("Condition")),
            "left_out": a_list(component("Condition")),
            "files": a_list(component("File")),
        }
    ),
    "Condition": an_object(
        {
            "name": {"enum": list(CONDITIONS)},
            "of": {"enum": list(OF)},
            "words": TEXT,
            "evidence": {"type": "object"},
        }
    ),
    "File": an_object(
        {
            "file_name": TEXT,
            "verdict": {"enum": [SUGGESTED, WOULD_BE, TAKEN_OUT]},
            "rank": or_null(WHOLE),
            "confidence": or_null(WHOLE),
            "kinds": or_null(a_list(TEXT)),
            "signals": a_list(TEXT),
            "found_on": or_null(a_list(TEXT)),
            "judged": a_list(an_object({"outcome": TEXT, "when": or_null(TEXT)})),
            "conditions": a_list(component("Condition")),
        }
    ),
    "Wikis": an_object({"wikis": a_list(component("Wiki"))}),
    "Wiki": an_object(
        {
            "wiki": TEXT,
            "snapshot": or_null(TEXT),
            "published_at": or_null(TEXT),
            "articles": or_null(WHOLE),
            "suggestions": or_null(WHOLE),
            "suggestions_by_kind": {"type": "object", "additionalProperties": WHOLE},
            "newest_snapshot": or_null(TEXT),
            "state": {"enum": [*STATES, None]},
            "held": {"type": "boolean"},
            "reason": or_null(TEXT),
        }
    ),
}
