"""What is computed of tables, as assets: each is a function of `datasets` or `similarity`, given
the numbers and lists of the rules.
"""

from math import ceil

import dagster as dg
import pyarrow as pa
from ibis import Table

from graph.declared import MANIFEST
from graph.partition import day_of
from module_assets.catalog import pictures
from module_assets.catalog.asset import dataset_asset
from module_assets.datasets import families as of_families
from module_assets.datasets import inputs, scores
from module_assets.rules import Rules
from module_assets.similarity import families as of_shapes
from module_assets.similarity import shapes as shape_rules
from module_assets.similarity import similar
from module_assets.similarity.outlines import outlines, perhaps_alike
from module_assets.similarity.shapes import FAMILY_ORDER, numbered
from resources.engine import EngineResource
from resources.io_manager import Files, LakeResource, refuse_mixed
from resources.lake import parquet_rows
from resources.lake_paths import LakePath
from resources.sources.parquet import write_parquet

GivenRules = dg.ResourceParam[Rules]
COMPARED_BY = ("shapes", "shape_bands", "module_names", "modules")
"""What similar shapes are found by."""
_AT_ONCE = 1 << 16
SHAPES_AT_ONCE = 8_000
"""Of so many shapes the shingles are in memory while they are compared, at most 512 each."""
PAIRS_AT_ONCE = 4_000_000
"""So many pairs of shapes are counted at once."""


@dataset_asset()
def wikis(wiki_sites: Table) -> Table:
    """The project is the host's second name from the right, or of wikimedia.org the first."""
    return inputs.wikis(wiki_sites)


@dataset_asset(describe=pictures.modules)
def modules(exported_modules: Table, module_items: Table, rules: GivenRules) -> Table:
    """Drafts are found by the parts of their titles."""
    return inputs.modules(exported_modules, module_items, rules.draft_words)


@dataset_asset(code_version="2")
def module_use(
    modules: Table, module_transclusions: Table, article_views: Table, known_sources: Table
) -> Table:
    """One row a module, also where nothing uses it. Readers are NULL without views of a month."""
    return inputs.module_use(modules, module_transclusions, article_views, known_sources)


@dataset_asset()
def module_links(
    context: dg.AssetExecutionContext,
    modules: Table,
    module_languages: Table,
    module_restrictions: Table,
    known_sources: Table,
) -> Table:
    """One row a module. Restrictions are those that hold on the snapshot's date."""
    day = day_of(context.partition_key)
    return inputs.module_links(modules, module_languages, module_restrictions, known_sources, day)


@dataset_asset()
def module_history(
    context: dg.AssetExecutionContext, modules: Table, module_edits: Table, known_sources: Table
) -> Table:
    """One row a module. Recent are the 365 days before the snapshot's date."""
    day = day_of(context.partition_key)
    return inputs.module_history(modules, module_edits, known_sources, day)


@dataset_asset()
def shapes(module_code: Table, modules: Table, shape_sketches: Table) -> Table:
    """What is the same is compared with others once, whatever many modules have it."""
    return shape_rules.shapes(module_code, modules, shape_sketches)


@dataset_asset()
def shape_bands(shapes: Table, shape_sketches: Table) -> Table:
    """Shapes of fewer than 40 shingles have none: they look alike by chance."""
    return shape_rules.shape_bands(shapes, shape_sketches)


@dataset_asset(describe=pictures.similar_shapes, deps=COMPARED_BY)
def similar_shapes(
    context: dg.AssetExecutionContext, lake: LakeResource, engine: EngineResource, rules: GivenRules
) -> Files:
    """Candidates share the key of a band; those that may be alike by their outlines are compared by
    their sketches, on DuckDB some millions at once: each brings hundreds of shingles, and all of
    them no disk would hold.
    """
    here, key = lake.get(), context.partition_key
    refuse_mixed(here, MANIFEST, key, COMPARED_BY)
    computing = engine.get(here.scratch.path)

    def written(rows: Table) -> list[LakePath]:
        folder = here.aside("similar_shapes", shared=computing.far)
        computing.write(rows, folder)
        return sorted(folder.glob("*.parquet"))

    shapes, bands, names, known = (computing.read(here.files(name, key)) for name in COMPARED_BY)
    ordered = numbered(shapes)
    candidates = written(similar.candidates(ordered, bands, rules.bucket_heads))
    outlined = computing.read(written(outlines(ordered)))
    pairs = written(perhaps_alike(computing.read(candidates), outlined))
    shape_count, pair_count = here.statistics("shapes", key).rows, parquet_rows(pairs)
    parts = max(ceil(shape_count / SHAPES_AT_ONCE), ceil(pair_count / PAIRS_AT_ONCE), 1)
    if computing.far:
        parts = 1
    found = [
        file
        for number in range(parts)
        for file in written(
            similar.alike(computing.read(pairs), shapes, names, known, (number, parts))
        )
    ]
    counts: dict[str, object] = {"candidates": parquet_rows(candidates), "compared": pair_count}
    return Files(found, counts, lambda rows: rows)


@dataset_asset(kinds=("python",), deps=("shapes", "similar_shapes"))
def shape_families(
    context: dg.AssetExecutionContext, lake: LakeResource, engine: EngineResource
) -> Files:
    """Centres are found in the order of families, one after the other, in this process."""
    here, key = lake.get(), context.partition_key
    refuse_mixed(here, MANIFEST, key, ("shapes", "similar_shapes"))
    computing = engine.get(here.scratch.path)

    def columns_of(name: str, *columns: str) -> pa.Table:
        rows = computing.read(here.files(name, key)).select(*columns)
        batches = computing.batches(rows, _AT_ONCE, here.aside(name, shared=computing.far))
        return pa.Table.from_batches(batches, rows.schema().to_pyarrow())

    ordered = columns_of("shapes", *(name for name, _ in FAMILY_ORDER))
    pairs = columns_of("similar_shapes", "shape_a", "shape_b", "similarity", "akin")
    found = of_shapes.shape_families(ordered, pairs)
    target = here.scratch.new("shape_families").with_suffix(".parquet")
    write_parquet(found.to_batches(), found.schema, target, {})
    return Files([target])


@dataset_asset(describe=pictures.module_families)
def module_families(
    module_code: Table, modules: Table, module_use: Table, shape_families: Table
) -> Table:
    """A family is named after its representative."""
    return of_shapes.module_families(module_code, modules, module_use, shape_families)


@dataset_asset(describe=pictures.families)
def families(
    module_families: Table,
    modules: Table,
    module_code: Table,
    module_use: Table,
    module_references: Table,
    wikis: Table,
) -> Table:
    """Sums are of what is known."""
    return of_families.families(
        module_families, modules, module_code, module_use, module_references, wikis
    )


@dataset_asset()
def function_families(module_functions: Table, modules: Table, module_families: Table) -> Table:
    """Without drafts."""
    return of_families.function_families(module_functions, modules, module_families)


@dataset_asset()
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
    """What is not known of a wiki is left out of the score, and of what it is a share of."""
    return scores.module_scores(
        modules,
        module_code,
        module_use,
        module_links,
        module_history,
        module_references,
        wikis,
        known_sources,
    )


@dataset_asset(describe=pictures.family_scores)
def family_scores(families: Table) -> Table:
    """Ranks are by score; best and worst while one weight is halved or doubled."""
    return scores.family_scores(families)
