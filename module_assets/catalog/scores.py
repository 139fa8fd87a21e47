"""The group `scores`: MODULES.md section 6, what modules and families are worth."""

from graph.schema import Column, Dataset, Reference
from module_assets.catalog.columns import FAMILY, MODULE, SCORE, count
from module_assets.catalog.inputs import OF_MODULE
from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, Feature


def _scaled(feature: Feature) -> Column:
    return Column(
        feature.column,
        "float64",
        f"{feature.meaning}; scaled to at most 1",
        nullable=True,
        minimum=0,
        maximum=1,
    )


DECLARED = (
    Dataset(
        name="module_scores",
        group="scores",
        meaning="What each module of code or data is worth; no drafts, no redirects.",
        columns=(*MODULE, SCORE, *map(_scaled, MODULE_FEATURES)),
        key=("wiki_db", "page_id"),
        references=(OF_MODULE,),
        wiki_column="wiki_db",
        best=("-score", "wiki_db", "page_id"),
    ),
    Dataset(
        name="family_scores",
        group="scores",
        meaning="What each family is worth in one place, and how sure its rank is.",
        columns=(
            FAMILY,
            count("rank", "1 is the best", minimum=1),
            count("rank_best", "the best, if one weight is halved or doubled", minimum=1),
            count("rank_worst", "the worst, likewise", minimum=1),
            SCORE,
            *map(_scaled, FAMILY_FEATURES),
        ),
        key=("family_id",),
        references=(Reference(("family_id",), "families", ("family_id",)),),
        rows_when=("families",),
        best=("rank",),
    ),
)
