"""Lists of families, modules and functions, ranked by anybody's weights and filtered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis import Table

from module_assets.answers.published import Published, Row
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, Feature, score

MODULE = ["wiki_db", "page_id"]
CONTRIBUTION = "contribution_"
"""What the columns are called that say what each feature gives to a score."""


@dataclass(frozen=True)
class Wanted:
    """Which rows are wanted, and how many of them. Empty is all.

    ``project``, ``language`` and ``wiki`` are of any of its modules that is no draft, ``title`` is
    part of a title, in any case.
    """

    project: str = ""
    language: str = ""
    wiki: str = ""
    kind: str = ""
    title: str = ""
    least_wikis: int = 0
    limit: int = 0
    offset: int = 0

    @property
    def of_wikis(self) -> bool:
        """Whether only some wikis count."""
        return bool(self.project or self.language or self.wiki)


def families(there: Published, wanted: Wanted, weights: Mapping[str, float]) -> list[Row]:
    """List families by their score with these weights: ``rank`` is among all of them, whatever is
    wanted; ``rank_best`` and ``rank_worst`` are those of the usual weights.
    """
    scores = there.table("family_scores")
    rows = _ranked(scores, weights, FAMILY_FEATURES, ["family_id"], ["rank_best", "rank_worst"])
    rows = rows.inner_join(there.table("families").drop("independence"), "family_id")
    if wanted.of_wikis:
        members = there.table("module_families").semi_join(_shown(there, wanted), MODULE)
        rows = rows.semi_join(members, "family_id")
    rows = _titled(rows, wanted)
    if wanted.kind:
        rows = rows.filter(rows.kind == wanted.kind)
    if wanted.least_wikis:
        rows = rows.filter(rows.wikis >= wanted.least_wikis)
    return _page(there, rows, wanted, ["rank"])


def modules(there: Published, wanted: Wanted, weights: Mapping[str, float]) -> list[Row]:
    """List modules by their score with these weights; likewise."""
    rows = _ranked(there.table("module_scores"), weights, MODULE_FEATURES, MODULE, [])
    known = there.table("modules").select(*MODULE, "title", "item_id")
    rows = rows.inner_join(known, MODULE)
    code = there.table("module_code").select(*MODULE, "kind", "tokens")
    rows = rows.inner_join(code, MODULE)
    use = there.table("module_use").select(*MODULE, "transclusions", "readers")
    rows = rows.inner_join(use, MODULE)
    rows = rows.inner_join(
        there.table("module_families").select(*MODULE, "family_id", "relation"), MODULE
    )
    if wanted.of_wikis:
        rows = rows.semi_join(_shown(there, wanted), MODULE)
    rows = _titled(rows, wanted)
    if wanted.kind:
        rows = rows.filter(rows.kind == wanted.kind)
    if wanted.least_wikis:
        large = there.table("families")
        rows = rows.semi_join(large.filter(large.wikis >= wanted.least_wikis), "family_id")
    return _page(there, rows, wanted, ["rank"])


def functions(there: Published, wanted: Wanted) -> list[Row]:
    """List functions that several wikis have, those on the most wikis first."""
    rows = there.table("function_families")
    if wanted.of_wikis:
        of_some = there.table("module_functions").semi_join(_shown(there, wanted), MODULE)
        rows = rows.semi_join(of_some, "shape")
    if wanted.title:
        rows = rows.filter(rows.name.lower().contains(wanted.title.lower()))
    if wanted.least_wikis:
        rows = rows.filter(rows.wikis >= wanted.least_wikis)
    order = [ibis.desc("wikis"), ibis.desc("families"), ibis.desc("functions"), "shape"]
    return _page(there, rows, wanted, order)


def _ranked(
    scores: Table,
    weights: Mapping[str, float],
    features: Sequence[Feature],
    key: Sequence[str],
    more: Sequence[str],
) -> Table:
    """Score and rank all rows; those without a score come last."""
    found = score(scores, weights)
    rows = scores.select(
        *key,
        *more,
        score=found.total,
        **{f"{CONTRIBUTION}{each.name}": found.contributions[each.name] for each in features},
    )
    order = [rows.score.fill_null(-1.0).desc(), *(rows[name] for name in key)]
    return rows.mutate(rank=ibis.row_number().over(order_by=order) + 1)


def _shown(there: Published, wanted: Wanted) -> Table:
    """Give the modules of the wanted wikis that are no drafts."""
    wikis = there.table("wikis")
    for name in ("project", "language"):
        if value := getattr(wanted, name):
            wikis = wikis.filter(wikis[name] == value)
    if wanted.wiki:
        wikis = wikis.filter(wikis.wiki_db == wanted.wiki)
    modules = there.table("modules")
    return modules.filter(~modules.is_draft).semi_join(wikis, "wiki_db").select(*MODULE)


def _titled(rows: Table, wanted: Wanted) -> Table:
    if not wanted.title:
        return rows
    part = wanted.title.replace(" ", "_").lower()
    return rows.filter(rows.title.lower().contains(part))


def _page(
    there: Published, rows: Table, wanted: Wanted, order: Sequence[str | ibis.Value]
) -> list[Row]:
    rows = rows.order_by(list(order))
    return there.rows(rows.limit(wanted.limit or None, offset=wanted.offset))
