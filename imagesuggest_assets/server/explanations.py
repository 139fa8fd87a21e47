"""Why an article has its suggestions, or none: SPEC.md section 12.

What was considered is read from the lake, and what is decided for a pair of article and file is
asked of the expressions that decide it (datasets/suggestions.py). Words are in
catalog/conditions.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import duckdb
import ibis
import msgspec
import pyarrow as pa

from imagesuggest_assets.catalog.candidates import FILE_CONDITIONS
from imagesuggest_assets.catalog.conditions import CONDITIONS
from imagesuggest_assets.catalog.suggestions import ARTICLE_CONDITIONS
from imagesuggest_assets.datasets.candidates import KIND_OF
from imagesuggest_assets.datasets.suggestions import PAIR_CONDITIONS, pair_conditions
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.server.considered import Considered, Row
from imagesuggest_assets.server.verdicts import NOT_SUGGESTED, SUGGESTED, TAKEN_OUT, WOULD_BE
from resources.lake_paths import LakePath

_TAKES_OUT = ("accepted", "rejected")
_texts = pa.list_(pa.string())
_PAIRS = pa.schema(
    [
        ("wiki_db", pa.string()),
        ("image", pa.string()),
        ("kinds", _texts),
        ("confidence", pa.int64()),
        ("is_judged", pa.bool_()),
        ("hidden_on", _texts),
        ("excluded_categories", _texts),
    ]
)


NOTHING: Row = {
    "page_id": None,
    "title": None,
    "item_id": None,
    "verdict": NOT_SUGGESTED,
    "conditions": [],
    "left_out": [],
    "files": [],
}
"""What is told where there is nothing to look at."""


def explain(
    cursor: duckdb.DuckDBPyConnection,
    files: Mapping[str, Sequence[LakePath]],
    settings: str,
    wiki: str,
    asked: str | int,
) -> Row:
    """Explain the page of a title, or of an id, from the files of a snapshot.

    ``settings`` are the rules that the snapshot was computed with, as JSON. Gives what
    docs/api.md calls an Explanation, but for what is told of the wiki. Raises UserError where files
    can not be read.
    """
    rules, considered = _rules(settings), Considered(cursor, files)
    page, is_article = considered.page(wiki, asked)
    if page is None or not is_article:
        return _no_article(page, asked)
    item, page_id = page["item_id"], page["page_id"]
    suggested = considered.suggested(wiki, page_id)
    judged = considered.judged(wiki, page_id)
    pairs, left_out = _pairs(considered.files(item) if item else (), judged)
    pairs = _decided(cursor, settings, wiki, pairs, judged)
    ranked = {row["image"]: row for row in suggested}
    article = [
        _condition(name, _of_article(name, page)) for name in ARTICLE_CONDITIONS if page[name]
    ]
    explained = _Files(wiki, rules, ranked, bool(article), judged).told(pairs)
    if not article and not suggested:
        # A signal that was left out is no candidate.
        some = any(pair["kinds"] for pair in pairs)
        article.append(_condition("no_file_left" if some else "no_candidate", {}))
    return {
        "page_id": page_id,
        "title": page["title"],
        "item_id": item,
        "verdict": SUGGESTED if suggested else NOT_SUGGESTED,
        "conditions": article,
        "left_out": [_signal(text) for text in left_out],
        "files": explained,
    }


@lru_cache(8)
def _rules(settings: str) -> Rules:
    return Rules(**msgspec.json.decode(settings))


@lru_cache(8)
def _statement(settings: str) -> str:
    """Write the query of what takes pairs out: to compile it takes longer than to ask it."""
    pairs = ibis.table(ibis.Schema.from_pyarrow(_PAIRS), name="pairs")
    decided = pair_conditions(pairs, _rules(settings)).select(
        "image", "confidence", *PAIR_CONDITIONS
    )
    return str(ibis.to_sql(decided, dialect="duckdb"))


def _no_article(page: Row | None, asked: str | int) -> Row:
    name = "unknown_page" if page is None else "redirect"
    return {
        **NOTHING,
        "page_id": page["page_id"] if page else asked if isinstance(asked, int) else None,
        "title": page["title"] if page else asked if isinstance(asked, str) else None,
        "conditions": [_condition(name, {})],
    }


def _pairs(considered: Iterable[Row], judged: Iterable[Row]) -> tuple[list[Row], list[str]]:
    """Give each file, those that were judged and are considered no more with them; and what was
    left out that names no file.
    """
    pairs, left_out = [], []
    for row in considered:
        if row["image"] is None:
            left_out += row["left_out"]
        else:
            pairs.append(row)
    unknown = {row["file_name"] for row in judged} - {pair["image"] for pair in pairs}
    nothing = dict.fromkeys(("kinds", "confidence", "found_on", "left_out", "hidden_on"))
    nothing |= dict.fromkeys(("excluded_categories", *FILE_CONDITIONS))
    return [*pairs, *({**nothing, "image": name} for name in sorted(unknown))], left_out


def _decided(
    cursor: duckdb.DuckDBPyConnection,
    settings: str,
    wiki: str,
    pairs: Sequence[Row],
    judged: Iterable[Row],
) -> list[Row]:
    """Give the pairs with the wiki's own confidence, and with what takes each out (``taken``)."""
    decided = {row["file_name"] for row in judged if row["outcome"] in _TAKES_OUT}
    rows = [
        {**pair, "wiki_db": wiki, "is_judged": True if pair["image"] in decided else None}
        for pair in pairs
    ]
    cursor.register("pairs", pa.Table.from_pylist(rows, _PAIRS))
    found = cursor.execute(_statement(settings)).fetchall()
    cursor.unregister("pairs")
    told = {
        image: {
            "confidence": confidence,
            "taken": [name for name, holds in zip(PAIR_CONDITIONS, each, strict=True) if holds],
        }
        for image, confidence, *each in found
    }
    return [{**pair, **told[pair["image"]]} for pair in pairs]


class _Files:
    """Tells of the files of an article."""

    def __init__(
        self,
        wiki: str,
        rules: Rules,
        ranked: Mapping[str, Row],
        article_is_out: bool,
        judged: Sequence[Row],
    ) -> None:
        self._wiki, self._rules = wiki, rules
        self._ranked, self._article_is_out, self._judged = ranked, article_is_out, judged

    def told(self, pairs: Iterable[Row]) -> list[Row]:
        """Give the suggested ones by rank, then the others, those that come closest first."""
        told = [self._file(pair) for pair in pairs]
        told.sort(key=_order)
        rank = len(self._ranked)
        for file in told:
            if file["verdict"] == WOULD_BE and not self._article_is_out:
                rank += 1
                evidence = {"rank": rank, "limit": self._rules.suggestions_most}
                file["conditions"].append(_condition("beyond_most", evidence))
                file["verdict"] = TAKEN_OUT
        return told

    def _file(self, pair: Row) -> Row:
        name = pair["image"]
        row = self._ranked.get(name)
        said = [each for each in self._judged if each["file_name"] == name]
        conditions = [
            *(_signal(text) for text in pair["left_out"] or ()),
            *(_condition(of, self._of_file(of, pair)) for of in FILE_CONDITIONS if pair[of]),
            *(
                _condition(of, self._of_pair(of, pair, said))
                for of in pair["taken"]
                if pair["kinds"] or said
            ),
        ]
        out = any(each["of"] != "signal" for each in conditions) or not pair["kinds"]
        shown = row or pair
        return {
            "file_name": name,
            "verdict": SUGGESTED if row else TAKEN_OUT if out else WOULD_BE,
            "rank": row["rank"] if row else None,
            "confidence": shown["confidence"],
            "kinds": shown["kinds"],
            "signals": [
                signal for signal, kind in KIND_OF.items() if kind in (pair["kinds"] or ())
            ],
            "found_on": shown["found_on"],
            "judged": [{"outcome": each["outcome"], "when": _when(each["dt"])} for each in said],
            "conditions": conditions,
        }

    def _of_file(self, condition: str, pair: Row) -> Row:
        return {
            "overused": {"pages": pair["overused_pages"], "limit": pair["overused_limit"]},
            "name": {"word": pair["word"]},
            "placeholder_category": {"category": pair["placeholder"]},
            "not_a_picture": {
                "media_type": pair["media_type"],
                "extension": pair["image"].rpartition(".")[2],
            },
            "too_small": {"width": pair["width"], "limit": self._rules.width_least},
        }[condition]

    def _of_pair(self, condition: str, pair: Row, said: Sequence[Row]) -> Row:
        own = self._rules.wikis.get(self._wiki)
        if condition == "judged":
            last = [each for each in said if each["outcome"] in _TAKES_OUT][-1]
            return {"outcome": last["outcome"], "when": _when(last["dt"])}
        if condition == "kind_off":
            return {"kinds": pair["kinds"]}
        if condition == "low_confidence":
            limit = own.least_confidence if own else 0
            return {"confidence": pair["confidence"], "limit": limit}
        if condition == "excluded_category":
            names = own.excluded_categories if own else ()
            return {"categories": [each for each in pair["excluded_categories"] if each in names]}
        return {"file": pair["image"]}


def _order(file: Row) -> tuple[Any, ...]:
    """Put what is suggested first, by rank; what has least against it next, in the order of SPEC.md
    section 5.
    """
    out = len(file["conditions"]) if file["verdict"] == TAKEN_OUT else 0
    kinds, wikis = file["kinds"] or (), file["found_on"] or ()
    rank = file["rank"] or float("inf")
    return rank, out, -(file["confidence"] or 0), -len(kinds), -len(wikis), file["file_name"]


def _of_article(condition: str, article: Row) -> Row:
    if condition == "excluded_class":
        pairs = [text.split("|") for text in article["excluded_classes"]]
        # An excluded class itself is told once.
        return {"classes": [" below ".join(dict.fromkeys(pair)) for pair in pairs]}
    files = {"local_image": "local_images", "commons_image": "commons_images"}
    return {"files": article[files[condition]]} if condition in files else {}


def _signal(text: str) -> Row:
    """Tell of a signal that was left out; how it is written, see considered_files."""
    signal, name, count, limit, value = text.split("|", 4)
    evidence = {
        "signal": signal,
        "value": value or None,
        "count": int(count) if count else None,
        "limit": int(limit) if limit else None,
    }
    return _condition(name, {key: given for key, given in evidence.items() if given is not None})


def _condition(name: str, evidence: Row) -> Row:
    condition = CONDITIONS[name]
    told = condition.told(evidence)
    return {"name": name, "of": condition.of, "words": told, "evidence": evidence}


def wiki_condition(name: str, snapshot: str, reason: str) -> Row:
    """Tell of a wiki what became of a snapshot."""
    return _condition(name, {"snapshot": snapshot, "reason": reason})


def _when(moment: Any) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M}"
