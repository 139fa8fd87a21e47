"""The description of the API (OpenAPI 3.1). Columns are the catalog's, see rows.py; what is checked
of a value is what asked.py checks.
"""

from collections.abc import Sequence

from module_assets.answers.differences import VIEWS
from module_assets.catalog.columns import HASH_PATTERN
from module_assets.scores import FAMILY_FEATURES, HIGHEST_WEIGHT, MODULE_FEATURES, Feature
from module_assets.server import rows
from module_assets.server.asked import (
    FORMS,
    KINDS,
    LIMIT,
    MOST,
    OFFSET_MOST,
    PAGE_MOST,
    TEXT_MOST,
    WIKIS_MOST,
)
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

TITLE = "Module finder"
ABOUT = (
    "Lua modules of all wikis: which are copies of one another, and which are worth keeping in "
    "one place. All of it is read only: GET and HEAD. Answers have an ETag, by which they are "
    "asked for again (304). The pages for people, at /, are not described here."
)
BASE = "/api/v1"
CSV = "text/csv; charset=utf-8"
_PROBLEMS = problems("The lake")
_FLAG: Node = {"type": "boolean"}


def description() -> Node:
    """Give the whole description."""
    return described(TITLE, ABOUT, {**_LISTS, **_SINGLE, **_OTHER}, _SCHEMAS)


def _path(
    summary: str,
    parameters: list[Node],
    schema: Node | str,
    media_type: str = "application/json",
) -> Node:
    others = (CSV,) if _FORM in parameters else ()
    return path(summary, parameters, schema, _PROBLEMS, media_type, other_media_types=others)


def _text_query(name: str, meaning: str) -> Node:
    return parameter("query", name, {**TEXT, "maxLength": TEXT_MOST}, meaning)


def _number_query(name: str, least: int, most: int, default: int, meaning: str) -> Node:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return parameter("query", name, schema, meaning)


def _part(item: str) -> Node:
    """Describe a part of a list."""
    return an_object({"snapshot": TEXT, "rows": a_list(component(item)), "next": or_null(TEXT)})


def _weights(features: Sequence[Feature]) -> Node:
    """Describe weights. They may come in any order, for which there is no pattern."""
    weight = rf"({HIGHEST_WEIGHT}|[0-9](\.[0-9]{{1,3}})?)"
    pattern = "".join(f"({feature.name}:{weight}(,|$))?" for feature in features)
    return parameter(
        "query",
        "weights",
        {**TEXT, "pattern": f"^{pattern}$"},
        f"Other weights than the usual ones, from 0 to {HIGHEST_WEIGHT}, not all 0: "
        "`feature:weight` with commas between; /api/v1/weights lists the features.",
    )


def _rows(item: str) -> Node:
    return an_object({"rows": a_list(component(item))})


_PAGE = parameter(
    "path",
    "page_id",
    {"type": "integer", "minimum": 1, "maximum": PAGE_MOST},
    "The module's page; of a family, that of any of its modules.",
)
_SHAPE = parameter("path", "shape", {**TEXT, "pattern": f"^{HASH_PATTERN}$"}, "The shape.")
_FORM = parameter(
    "query", "format", {"enum": list(FORMS), "default": FORMS[0]}, "CSV has the rows alone."
)
_LIMIT = _number_query("limit", 1, MOST, LIMIT, "Rows of a part.")
_OFFSET = _number_query("offset", 0, OFFSET_MOST, 0, "Rows before it, as in `next`.")
_OF_FAMILIES, _OF_MODULES = _weights(FAMILY_FEATURES), _weights(MODULE_FEATURES)
_KIND = parameter("query", "kind", {"enum": list(KINDS)}, "What it is.")
_FILTERS = [
    _text_query("project", "Only of wikis of this project, such as wikipedia."),
    _text_query("language", "Only of wikis in this language, such as pt."),
    _text_query("wiki", "Only of this wiki, such as ptwiki."),
    _KIND,
    _number_query("min_wikis", 0, WIKIS_MOST, 0, "Only what is on so many wikis."),
    parameter("query", "new", {"enum": ["1"]}, "Only what the snapshot before did not have."),
    _text_query("q", "Only where this is part of the title, or of the function's name."),
    _LIMIT,
    _OFFSET,
    _FORM,
]
_ONE = [WIKI, _PAGE]
_LISTS: dict[str, Node] = {
    f"{BASE}/families": _path(
        "Families by their score with these weights. `rank` is among all of them, `rank_best` and "
        "`rank_worst` are those of the usual weights, one of them halved or doubled.",
        [_OF_FAMILIES, *_FILTERS],
        _part("FamilyRow"),
    ),
    f"{BASE}/modules": _path(
        "Modules by their score with these weights.",
        [_OF_MODULES, *_FILTERS],
        _part("ModuleRow"),
    ),
    f"{BASE}/functions": _path(
        "Functions that are on several wikis, those on the most wikis first; nothing is weighed.",
        _FILTERS,
        _part("FunctionRow"),
    ),
}
_SINGLE: dict[str, Node] = {
    f"{BASE}/families/{{wiki}}/{{page_id}}": _path(
        "The family of a module: why its score, its members (the rows of CSV), what is like it, "
        "and the representative's code.",
        [*_ONE, _OF_FAMILIES, _FORM],
        "Family",
    ),
    f"{BASE}/families/{{wiki}}/{{page_id}}/similar": _path(
        "Families that are like it, and not akin.", [*_ONE, _FORM], _rows("Related")
    ),
    "/family/{wiki}/{page_id}/archive.zip": _path(
        "The texts of a family as `.lua` files, and the credits of each.",
        _ONE,
        {"type": "string", "contentMediaType": "application/zip"},
        "application/zip",
    ),
    f"{BASE}/modules/{{wiki}}/{{page_id}}": _path(
        "A module: what is known of it, why its score (the rows of CSV), what it refers to, who "
        "refers to it, and its code.",
        [*_ONE, _OF_MODULES, _FORM],
        "Module",
    ),
    f"{BASE}/modules/{{wiki}}/{{page_id}}/similar": _path(
        "Modules of its shape or one like it, the most alike first.",
        [*_ONE, _LIMIT, _OFFSET, _FORM],
        _rows("Similar"),
    ),
    f"{BASE}/modules/{{wiki}}/{{page_id}}/text": _path(
        "Its text.", _ONE, TEXT, "text/plain; charset=utf-8"
    ),
    f"{BASE}/functions/{{shape}}": _path(
        "Modules that have a function of a shape, the most used first.",
        [_SHAPE, _LIMIT, _FORM],
        _rows("Having"),
    ),
}
_MODULE_NAME: Node = {**TEXT, "minLength": 1}
_OTHER: dict[str, Node] = {
    f"{BASE}/diff": _path(
        "How two modules differ, as a unified diff, line by line.",
        [
            parameter("query", "a", _MODULE_NAME, "wiki/page_id or wiki:title", required=True),
            parameter("query", "b", _MODULE_NAME, "The other one.", required=True),
            parameter(
                "query",
                "view",
                {"enum": list(VIEWS), "default": VIEWS[0]},
                "As written, without comments and layout, or structure alone.",
            ),
        ],
        "Difference",
    ),
    f"{BASE}/weights": _path("What scores are made of, and the usual weights.", [], "Weights"),
    f"{BASE}/snapshots": _path("Snapshots, the newest first.", [], "Snapshots"),
    "/healthz": _path("The process lives.", [], "Status"),
    "/openapi.json": _path("This description.", [], {"type": "object"}),
}
_FEATURE = an_object(
    {
        "name": TEXT,
        "top": or_null(WHOLE),
        "weight": {"type": "number", "minimum": 0, "maximum": HIGHEST_WEIGHT},
        "meaning": TEXT,
        "why": TEXT,
    }
)
_SCHEMAS: dict[str, Node] = {
    "FamilyRow": an_object(rows.FAMILIES),
    "ModuleRow": an_object(rows.MODULES),
    "FunctionRow": an_object(rows.FUNCTIONS),
    "Reason": an_object(rows.REASON),
    "Member": an_object(rows.MEMBERS),
    "Related": an_object(rows.RELATED),
    "SameItem": an_object(rows.SAME_ITEM),
    "Similar": an_object(rows.SIMILAR),
    "Reference": an_object(rows.REFERS_TO),
    "Referring": an_object(rows.REFERRED_BY),
    "OwnFunction": an_object(rows.OWN_FUNCTIONS),
    "Having": an_object(rows.HAVING),
    "Family": an_object(
        {
            "snapshot": TEXT,
            "family_id": TEXT,
            "family": {"anyOf": [an_object(rows.FAMILY), {"type": "null"}]},
            "reasons": a_list(component("Reason")),
            "members": a_list(component("Member")),
            "related": a_list(component("Related")),
            "shared_functions": a_list(component("FunctionRow")),
            "of_the_same_item": a_list(component("SameItem")),
            "code": TEXT,
        }
    ),
    "Module": an_object(
        {
            "snapshot": TEXT,
            **rows.FACTS,
            "revision": TEXT,
            "reasons": a_list(component("Reason")),
            "refers_to": a_list(component("Reference")),
            "referred_by": a_list(component("Referring")),
            "own_functions": a_list(component("OwnFunction")),
            "code": TEXT,
        }
    ),
    "Difference": an_object(
        {"a": TEXT, "b": TEXT, "view": {"enum": list(VIEWS)}, "same": _FLAG, "lines": a_list(TEXT)}
    ),
    "Weights": an_object({"families": a_list(_FEATURE), "modules": a_list(_FEATURE)}),
    "Snapshots": an_object(
        {
            "snapshots": a_list(
                an_object(
                    {
                        "snapshot": TEXT,
                        "is_shown": _FLAG,
                        "wikis": WHOLE,
                        "let_through": WHOLE,
                        "reasons": {"type": "object", "additionalProperties": TEXT},
                    }
                )
            )
        }
    ),
}
