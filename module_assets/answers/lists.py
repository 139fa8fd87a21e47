"""Lists of families, modules and functions, ranked by anybody's weights and filtered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis import Table
from ibis.expr.types import BooleanValue

from module_assets.answers.published import Published, Row
from module_assets.datasets.rows import MODULE, looked_up
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, Feature, score

CONTRIBUTION = "contribution_"
"""What the columns are called that say what each feature gives to a score."""


@dataclass(frozen=True)
class Wanted:
    """Which rows are wanted, and how many of them. Empty is all.

    ``project``, ``language`` and ``wiki`` are of any of its modules that is no draft, as is the
    ``kind`` of a function; ``title`` is part of a title, in any case. ``new`` is what was not there
    in the snapshot before; where there was none, nothing is.
    """

    project: str = ""
    language: str = ""
    wiki: str = ""
    kind: str = ""
    title: str = ""
    least_wikis: int = 0
    new: bool = False
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
    every = there.kept(every_family)
    conditions = _conditions(every, wanted)
    if wanted.of_wikis:
        members = there.table("module_families").semi_join(_shown(there, wanted), MODULE)
        conditions.append(every.family_id.isin(members.family_id))
    return _ranked(there, every, FAMILY_FEATURES, wanted, weights, conditions)


def modules(there: Published, wanted: Wanted, weights: Mapping[str, float]) -> list[Row]:
    """List modules by their score with these weights; likewise."""
    every = there.kept(every_module)
    conditions = [*_conditions(every, wanted), *_in_wikis(every, wanted)]
    return _ranked(there, every, MODULE_FEATURES, wanted, weights, conditions)


def every_family(there: Published) -> Table:
    """Give each family with its scaled features; ``place`` is its place among equal scores. It
    ``is_new`` where none of its modules was in a family of several wikis before.
    """
    scaled = there.table("family_scores").drop("rank", "score")
    rows = there.table("families").drop("independence").inner_join(scaled, "family_id")
    is_new: BooleanValue = ibis.literal(False)
    if there.before:
        before = there.table_before("module_families").semi_join(
            there.table_before("families"), "family_id"
        )
        known = there.table("module_families").semi_join(before, MODULE)
        is_new = rows.family_id.notin(known.family_id)
    rows = rows.mutate(is_new=is_new)
    return rows.mutate(place=ibis.row_number().over(order_by=rows.family_id))


def every_module(there: Published) -> Table:
    """Give each module that has a score; ``wikis`` are those of its family, if it has one. It
    ``is_new`` where it was not there before.
    """
    rows = there.table("module_scores").drop("score").mutate(is_new=ibis.literal(False))
    if there.before:
        known = there.table_before("modules").select(*MODULE).mutate(was_there=True)
        rows = looked_up(rows, known, MODULE)
        rows = rows.mutate(is_new=rows.was_there.isnull()).drop("was_there")
    more = {
        "modules": ("title", "item_id"),
        "module_code": ("kind", "tokens"),
        "module_use": ("transclusions", "readers"),
        "module_families": ("family_id", "relation"),
    }
    for dataset, columns in more.items():
        rows = rows.inner_join(there.table(dataset).select(*MODULE, *columns), MODULE)
    sites = there.table("wikis").select("wiki_db", "language", "project")
    rows = rows.inner_join(sites, "wiki_db")
    families = there.table("families").select("family_id", "wikis")
    rows = looked_up(rows, families, ["family_id"])
    order = [rows[name] for name in MODULE]
    return rows.mutate(place=ibis.row_number().over(order_by=order))


def functions(there: Published, wanted: Wanted) -> list[Row]:
    """List functions that several wikis have, those on the most wikis first."""
    rows = there.table("function_families")
    if wanted.of_wikis or wanted.kind:
        some = _shown(there, wanted)
        if wanted.kind:
            code = there.table("module_code")
            some = some.semi_join(code.filter(code.kind == wanted.kind), MODULE)
        rows = rows.semi_join(there.table("module_functions").semi_join(some, MODULE), "shape")
    if wanted.title:
        rows = rows.filter(rows.name.lower().contains(wanted.title.lower()))
    if wanted.least_wikis:
        rows = rows.filter(rows.wikis >= wanted.least_wikis)
    if wanted.new and there.before:
        rows = rows.anti_join(there.table_before("function_families"), "shape")
    elif wanted.new:
        rows = rows.limit(0)
    order = [ibis.desc("wikis"), ibis.desc("families"), ibis.desc("functions"), "shape"]
    rows = rows.order_by(order)
    return there.rows(rows.limit(wanted.limit or None, offset=wanted.offset))


def _ranked(
    there: Published,
    every: Table,
    features: Sequence[Feature],
    wanted: Wanted,
    weights: Mapping[str, float],
    conditions: Sequence[BooleanValue],
) -> list[Row]:
    """Score and rank all rows, of which those come last that have no score; give the wanted ones.

    All are sorted, so nothing is carried along there that can be looked up of the few afterwards.
    Where all are wanted, they have the ranks of the part, and no others need to be known.
    """
    rows = every.select(
        "place", score=score(every, weights).total, is_wanted=ibis.and_(*conditions)
    )
    order = [ibis._.score.fill_null(-1.0).desc(), ibis._.place]
    rank = ibis.row_number().over(order_by=order) + 1
    if conditions:
        rows = rows.mutate(rank=rank)
        rows = rows.filter(rows.is_wanted).order_by("rank")
        rows = rows.limit(wanted.limit or None, offset=wanted.offset)
    else:
        rows = rows.order_by(order).limit(wanted.limit or None, offset=wanted.offset)
        rows = rows.mutate(rank=rank + wanted.offset)
    rows = rows.drop("is_wanted").inner_join(every, "place")
    contributions = score(rows, weights).contributions
    given = {f"{CONTRIBUTION}{name}": value for name, value in contributions.items()}
    rows = rows.mutate(**given).drop("place", *(each.column for each in features))
    return there.rows(rows.order_by("rank"))


def _conditions(rows: Table, wanted: Wanted) -> list[BooleanValue]:
    """Say what is wanted of families and modules alike."""
    conditions: list[BooleanValue] = []
    if wanted.title:
        part = wanted.title.replace(" ", "_").lower()
        conditions.append(rows.title.lower().contains(part))
    if wanted.kind:
        conditions.append(rows.kind == wanted.kind)
    if wanted.least_wikis:
        conditions.append(rows.wikis.fill_null(0) >= wanted.least_wikis)
    if wanted.new:
        conditions.append(rows.is_new)
    return conditions


def _in_wikis(rows: Table, wanted: Wanted) -> list[BooleanValue]:
    """Say which wikis are wanted of rows that have their project and language."""
    values = {"project": wanted.project, "language": wanted.language, "wiki_db": wanted.wiki}
    return [rows[name] == value for name, value in values.items() if value]


def _shown(there: Published, wanted: Wanted) -> Table:
    """Give the modules of the wanted wikis that are no drafts."""
    modules, wikis = there.table("modules"), there.table("wikis")
    modules = modules.filter(~modules.is_draft)
    if wanted.of_wikis:
        modules = modules.semi_join(wikis.filter(*_in_wikis(wikis, wanted)), "wiki_db")
    return modules.select(*MODULE)
