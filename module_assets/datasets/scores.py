"""Scores, MODULES.md section 6; what they are made of is declared in `module_assets/scores.py`."""

from collections.abc import Sequence

import ibis
from ibis import Table
from ibis.expr.types import FloatingValue, IntegerValue

from module_assets.catalog.code import COMPARED
from module_assets.datasets.families import dependents_of
from module_assets.datasets.inputs import if_known, knowing
from module_assets.datasets.rows import MODULE, looked_up
from module_assets.scores import (
    FAMILY_FEATURES,
    MODULE_FEATURES,
    Feature,
    default_weights,
    scaled,
    score,
)

TINY_WIKI = 1000
"""Articles that are added to a wiki's own."""


def module_scores(
    modules: Table,
    module_code: Table,
    module_use: Table,
    module_links: Table,
    module_history: Table,
    module_references: Table,
    wikis: Table,
    known_sources: Table,
) -> Table:
    """Score each module of kind code or data that is neither a draft nor a redirect."""
    shown = modules.filter(~modules.is_draft, ~modules.is_redirect).select(*MODULE)
    code = module_code.filter(module_code.kind.isin(COMPARED)).select(*MODULE, "tokens")
    rows = shown.inner_join(code, MODULE)
    history = module_history.select(*MODULE, "editors", "edits", "recent_edits")
    dependents = dependents_of(module_references, modules)
    for found in (module_use, module_links, history, dependents):
        rows = looked_up(rows, found, MODULE)
    of_wiki = wikis.select("wiki_db", wiki_articles="articles")
    rows = looked_up(rows, of_wiki, ["wiki_db"])
    rows = knowing(rows, known_sources, "page_restrictions")
    rows = rows.mutate(
        reach=rows.articles / (rows.wiki_articles + TINY_WIKI),
        dependents=rows.dependents.fill_null(0),
        is_protected=if_known(
            rows.knows_page_restrictions, rows.edit_level.notnull().cast("int64"), 0
        ),
    )
    rows = rows.select(*MODULE, **_scaled(rows, MODULE_FEATURES))
    total = score(rows, default_weights(MODULE_FEATURES)).total
    return rows.select(*MODULE, total.name("score"), *_columns(MODULE_FEATURES))


def family_scores(families: Table) -> Table:
    """Score and rank each family; best and worst are of its ranks while one weight is halved or
    doubled, and of the rank itself.
    """
    rows = families.select("family_id", **_scaled(families, FAMILY_FEATURES))
    # One expression that weighs by columns: one for each variant would take Spark minutes to plan.
    variants = rows.mutate(variant=ibis.range(2 * len(FAMILY_FEATURES) + 1).unnest())
    total = score(variants, _varied(variants.variant, FAMILY_FEATURES)).total
    ranked = variants.select("family_id", "variant", score=total)
    # Nothing is below 0, so that what has no score comes last.
    order = [ranked.score.fill_null(-1.0).desc(), ranked.family_id]
    place = ibis.row_number().over(group_by="variant", order_by=order) + 1
    ranked = ranked.mutate(place=place)
    asked = ranked.variant == 0
    ranks = ranked.group_by("family_id").agg(
        rank=ranked.place.max(where=asked),
        rank_best=ranked.place.min(),
        rank_worst=ranked.place.max(),
        score=ranked.score.max(where=asked),
    )
    rows = ranks.inner_join(rows, "family_id")
    return rows.select(
        "family_id", "rank", "rank_best", "rank_worst", "score", *_columns(FAMILY_FEATURES)
    )


def _varied(variant: IntegerValue, features: Sequence[Feature]) -> dict[str, FloatingValue]:
    """Give the weights as they are in variant 0; in each other one is halved or doubled."""
    return {
        feature.name: feature.weight
        * ibis.cases((variant == 2 * place + 1, 0.5), (variant == 2 * place + 2, 2.0), else_=1.0)
        for place, feature in enumerate(features)
    }


def _scaled(rows: Table, features: Sequence[Feature]) -> dict[str, ibis.Value]:
    return {feature.column: scaled(rows[feature.name], feature) for feature in features}


def _columns(features: Sequence[Feature]) -> list[str]:
    return [feature.column for feature in features]
