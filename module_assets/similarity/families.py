"""Families: shapes around a centre that each of them is akin to, and their modules."""

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import Table

from graph.arrow import schema_of
from graph.rows import places
from module_assets.catalog.code import COMPARED
from module_assets.catalog.datasets import DATASETS
from module_assets.similarity.shapes import FAMILY_ORDER

SHAPE_FAMILIES = schema_of(DATASETS["shape_families"])


def shape_families(shapes: pa.Table, similar_shapes: pa.Table) -> pa.Table:
    """Give each shape its centre and how similar it is to that (SHAPE_FAMILIES); a centre its own.

    ``shapes`` has the columns of family order, ``similar_shapes`` shape_a, shape_b, similarity and
    akin, whatever their order.
    """
    ordered = shapes.take(pc.sort_indices(shapes, sort_keys=list(FAMILY_ORDER)))["shape"]
    ordered = ordered.combine_chunks()
    akin = similar_shapes.filter(similar_shapes["akin"])
    first, second = (pc.index_in(akin[name], ordered).to_numpy() for name in ("shape_a", "shape_b"))
    likeness = akin["similarity"].to_numpy()
    centres, similarity = centres_of(len(ordered), first, second, likeness)
    return pa.table([ordered, ordered.take(pa.array(centres)), similarity], schema=SHAPE_FAMILIES)


def centres_of(
    count: int, first: np.ndarray, second: np.ndarray, similarity: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the centre of each of so many shapes, and how similar it is to it.

    Shapes are numbers in family order; akin ones are ``first`` and ``second``, each pair once.
    One that nobody has taken becomes a centre, and takes those akin to it. Then each other goes to
    the most similar of the centres that it is akin to, of equals to the earlier.
    """
    ends, others = np.concatenate([first, second]), np.concatenate([second, first])
    likeness = np.concatenate([similarity, similarity])
    by_end = np.argsort(ends, kind="stable")
    ends, others, likeness = ends[by_end], others[by_end], likeness[by_end]
    bounds = np.searchsorted(ends, np.arange(count + 1))
    taken, is_centre = np.zeros(count, bool), np.zeros(count, bool)
    for shape in range(count):
        if not taken[shape]:
            is_centre[shape] = True
            taken[others[bounds[shape] : bounds[shape + 1]]] = True
    chosen = is_centre[others]
    ends, others, likeness = ends[chosen], others[chosen], likeness[chosen]
    best = np.lexsort((others, -likeness, ends))
    members, places = np.unique(ends[best], return_index=True)
    centres, similar = np.arange(count), np.ones(count)
    centres[members], similar[members] = others[best][places], likeness[best][places]
    return centres, similar


def module_families(
    module_code: Table, modules: Table, module_use: Table, shape_families: Table
) -> Table:
    """Give every module of kind code or data its family, named after the representative, and its
    relation to that: `exact`, `formatting`, `localised` or `near`.
    """
    key = ["wiki_db", "page_id"]
    rows = module_code.filter(module_code.kind.isin(COMPARED))
    rows = rows.select(*key, "text_hash", "code_hash", "shape")
    rows = rows.inner_join(modules.select(*key, "is_draft"), key)
    rows = rows.inner_join(shape_families, "shape")
    rows = rows.left_join(module_use.select(*key, "transclusions"), key)
    chosen = _representatives(rows.filter(rows.shape == rows.centre)).select(
        "centre",
        family_id=lambda each: each.wiki_db + "/" + each.page_id.cast("string"),
        its_text="text_hash",
        its_code="code_hash",
        its_shape="shape",
    )
    rows = rows.inner_join(chosen, "centre")
    relation = ibis.cases(
        (rows.text_hash == rows.its_text, "exact"),
        (rows.code_hash == rows.its_code, "formatting"),
        (rows.shape == rows.its_shape, "localised"),
        else_="near",
    )
    return rows.select(*key, "family_id", "similarity", relation=relation)


def _representatives(rows: Table) -> Table:
    """Choose one module for each centre: drafts only if there are no others, then of the most
    carried code, of the most carried text, and the one with the most transclusions.
    """
    are_drafts = rows.is_draft.all().over(group_by="centre")
    rows = rows.mutate(are_drafts=are_drafts)
    rows = rows.filter(~rows.is_draft | rows.are_drafts)
    rows = _most_carried(_most_carried(rows, "code_hash"), "text_hash")
    order = [rows.transclusions.fill_null(0).desc(), rows.wiki_db, rows.page_id]
    rows = rows.mutate(place=places("centre", order))
    return rows.filter(rows.place == 1)


def _most_carried(rows: Table, by: str) -> Table:
    """Keep of each centre the modules of one hash: that of the most wikis, then modules."""
    carried = rows.group_by("centre", by).agg(wikis=rows.wiki_db.nunique(), modules=rows.count())
    order = [carried.wikis.desc(), carried.modules.desc(), carried[by]]
    carried = carried.mutate(place=places("centre", order))
    return rows.semi_join(carried.filter(carried.place == 1), ["centre", by])
