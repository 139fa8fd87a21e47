"""One family: why its score, its members and their versions, what it has in common with others."""

from collections.abc import Mapping
from dataclasses import asdict

import ibis
from ibis import Table

from module_assets.answers.modules import paired_with, text_of
from module_assets.answers.published import Published, Row
from module_assets.answers.reasons import Reason, reasons_of
from module_assets.datasets.rows import MODULE
from module_assets.scores import FAMILY_FEATURES
from resources.errors import UserError

RELATED = 0.4
"""From which similarity of their centres on families are related that are not akin."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def family_of(there: Published, wiki: str, page_id: int) -> str:
    """Give the family of a module. Raises UserError for a module that has none."""
    rows = there.table("module_families")
    found = there.rows(rows.filter(rows.wiki_db == wiki, rows.page_id == page_id))
    if not found:
        raise UserError(f"{wiki}/{page_id} has no family: it is no code and no data")
    return str(found[0]["family_id"])


def family(there: Published, family_id: str) -> Row | None:
    """Give what is known of a family; None for one that is on one wiki alone."""
    rows = there.table("families")
    rows = rows.filter(rows.family_id == family_id)
    scores = there.table("family_scores").select(
        "family_id", "rank", "rank_best", "rank_worst", "score"
    )
    found = there.rows(rows.inner_join(scores, "family_id"))
    return found[0] if found else None


def reasons(there: Published, known: Row, weights: Mapping[str, float]) -> list[Reason]:
    """Say what each feature gives to the score of a family, see family(), the most first."""
    scores = there.table("family_scores")
    found = scores.filter(scores.family_id == known["family_id"])
    return reasons_of(there, found, FAMILY_FEATURES, known, weights)


def family_told(
    there: Published, family_id: str, weights: Mapping[str, float], *, code: bool
) -> Row:
    """Tell all of a family: ``family`` is None for one that is on one wiki alone, ``code`` where
    the representative's is not wanted.
    """
    known = family(there, family_id)
    found = reasons(there, known, weights) if known else []
    return {
        "family": known,
        "reasons": [asdict(each) for each in found],
        "members": members(there, family_id),
        "related": related(there, family_id),
        "shared_functions": shared_functions(there, family_id),
        "of_the_same_item": of_same_item(there, family_id),
        "code": text_of(there, *origin_of(family_id)) if code else None,
    }


def origin_of(family_id: str) -> tuple[str, int]:
    """Give the representative of a family."""
    wiki, _, page_id = family_id.partition("/")
    return wiki, int(page_id)


def members(there: Published, family_id: str) -> list[Row]:
    """List the modules of a family, most used first: wiki_db, page_id, title, is_draft, relation,
    similarity, transclusions, last_edit and ``version``, a letter for each distinct code, the
    most carried first.
    """
    rows = there.table("module_families")
    rows = rows.filter(rows.family_id == family_id).drop("family_id")
    more = {
        "modules": ("title", "is_draft", "revision_id"),
        "module_code": ("code_hash", "tokens"),
        "module_use": ("transclusions", "readers"),
        "module_history": ("last_edit",),
    }
    for dataset, columns in more.items():
        rows = rows.inner_join(there.table(dataset).select(*MODULE, *columns), MODULE)
    order = [ibis.desc("transclusions"), *MODULE]
    found = there.rows(rows.order_by(order))
    carried: dict[str, int] = {}
    for row in found:
        carried[row["code_hash"]] = carried.get(row["code_hash"], 0) + 1
    by_count = sorted(carried, key=lambda code: (-carried[code], code))
    letters = {code: _letters(place) for place, code in enumerate(by_count)}
    for row in found:
        row["version"] = letters[row.pop("code_hash")]
    return found


def related(there: Published, family_id: str) -> list[Row]:
    """List families whose centres are alike but not akin: family_id, title, similarity."""
    centre = there.kept(centres)
    own = centre.filter(centre.family_id == family_id).select(shape="centre")
    pairs = paired_with(there, own)
    pairs = pairs.filter(pairs.similarity >= RELATED, ~pairs.akin)
    others = centre.select("family_id", other="centre")
    found = pairs.inner_join(others, "other").select("family_id", "similarity")
    named = there.table("families").select("family_id", "title", "wikis")
    found = found.inner_join(named, "family_id")
    return there.rows(found.order_by(ibis.desc("similarity"), "family_id"))


def shared_functions(there: Published, family_id: str) -> list[Row]:
    """List functions of a family that modules of other families have, too, most families first."""
    mine = there.table("module_families")
    mine = mine.filter(mine.family_id == family_id)
    own = there.table("module_functions").semi_join(mine, MODULE).select("shape").distinct()
    known = there.table("function_families")
    known = known.filter(known.families > 1).semi_join(own, "shape")
    return there.rows(known.order_by(ibis.desc("families"), ibis.desc("wikis"), "shape"))


def of_same_item(there: Published, family_id: str) -> list[Row]:
    """List modules of other families that have the item of one of the family's: wiki_db, page_id,
    title, item_id, family_id.
    """
    mine = there.table("module_families")
    mine = mine.filter(mine.family_id == family_id)
    modules = there.table("modules")
    modules = modules.filter(modules.item_id.notnull(), ~modules.is_draft)
    items = modules.semi_join(mine, MODULE).select("item_id").distinct()
    others = there.table("module_families")
    others = others.filter(others.family_id != family_id).select(*MODULE, "family_id")
    rows = modules.semi_join(items, "item_id").inner_join(others, MODULE)
    columns = ("wiki_db", "page_id", "title", "item_id", "family_id")
    return there.rows(rows.select(*columns).order_by("item_id", *MODULE))


def centres(there: Published) -> Table:
    """Give the centre of each family: that of its modules' shapes."""
    code = there.table("module_code").select(*MODULE, "shape")
    rows = there.table("module_families").inner_join(code, MODULE)
    rows = rows.inner_join(there.table("shape_families").select("shape", "centre"), "shape")
    return rows.select("family_id", "centre").distinct()


def _letters(place: int) -> str:
    """Count a, b, … z, aa, ab, …"""
    name = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, len(LETTERS))
        name = LETTERS[letter] + name
    return name
