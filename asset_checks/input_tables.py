"""What must hold of every input table, wiki by wiki: SPEC.md section 9, row "inputs".

Without history: what is compared with the last snapshot is not here. Local files are not
expected to be there: most wikis keep all their files on Commons.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg
from ibis import Table

from imagesuggest_assets.datasets import DATASETS
from imagesuggest_assets.inputs import articles_of
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots import SNAPSHOTS
from resources.engine import Engine, EngineResource
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake, Statistics
from resources.sources.dumps import COMMONS

OF_ARTICLES = ("page_items", "lead_images", "image_links", "incoming_links")
"""Tables that have rows for every wiki that has articles."""
OF_COMMONS = ("commons_files", "commons_category_files")
"""Tables that have rows as Commons has pages."""
WITH_NULLS = {"mediawiki_image": ("img_media_type", "img_width")}
"""Columns that may be NULL, but not in all rows of a wiki."""


@dataclass(frozen=True)
class Warned:
    """One thing found of one wiki's rows; ``stops`` the run or only warns."""

    wiki: str
    found: str
    expected: str
    stops: bool = False


def empty_tables(articles: Mapping[str, int], rows: Mapping[str, int]) -> list[Warned]:
    """Find the wikis that have articles and no rows."""
    return [
        Warned(wiki, "no rows", f"some, for {count:,} articles")
        for wiki, count in articles.items()
        if count and not rows.get(wiki)
    ]


def lost_targets(statistics: Statistics, rules: Rules) -> list[Warned]:
    """Find the wikis where too large a share of links has no target."""
    found = []
    for wiki, lost in statistics.taken_out.get("no_target", {}).items():
        links = statistics.candidates[wiki]
        share = lost / links if links else 0.0
        stops = share > rules.lost_links_error
        if stops or share > rules.lost_links_warn:
            limit = rules.lost_links_error if stops else rules.lost_links_warn
            text = f"{lost:,} of {links:,} links without target ({share:.1%})"
            found.append(Warned(wiki, text, f"at most {limit:.0%}", stops))
    return found


def always_null(nulls: list[dict[str, object]], columns: tuple[str, ...]) -> list[Warned]:
    """Find the columns that are NULL in every row of a wiki; ``nulls`` has rows with a value."""
    return [
        Warned(str(counted["wiki_db"]), f"{column} is always NULL", "values")
        for counted in nulls
        for column in columns
        if not counted[column]
    ]


def input_result(wikis: int, found: list[Warned]) -> dg.AssetCheckResult:
    """Make what Dagster shows of the findings for a table of so many wikis."""
    stops = any(each.stops for each in found)
    metadata: dict[str, object] = {"wikis looked at": wikis}
    if found:
        metadata["findings"] = table_metadata(
            [{"wiki": each.wiki, "found": each.found, "expected": each.expected} for each in found]
        )
    sentences = [f"{each.wiki}: {each.found}, expected {each.expected}" for each in found]
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        description="; ".join(sentences) or f"nothing missing in {wikis} wikis",
        metadata=metadata,
    )


def _articles(engine: Engine, lake: Lake, snapshot: str) -> dict[str, int]:
    articles = articles_of(engine.read(lake.files("pages", snapshot)))
    counted = engine.rows(articles.group_by("wiki_db").agg(articles=articles.count()))
    return {row["wiki_db"]: row["articles"] for row in counted}


def _values(engine: Engine, table: Table, columns: tuple[str, ...]) -> list[dict[str, object]]:
    counts = {column: table[column].count() for column in columns}
    return engine.rows(table.group_by("wiki_db").agg(**counts))


def run_input_check(
    name: str, engine: Engine, lake: Lake, snapshot: str, rules: Rules
) -> dg.AssetCheckResult:
    """Check one partition of an input table."""
    statistics = lake.statistics(name, snapshot)
    found = lost_targets(statistics, rules)
    wikis = len(statistics.rows_by_wiki) or 1
    if name in OF_ARTICLES:
        articles = _articles(engine, lake, snapshot)
        wikis = len(articles)
        found += empty_tables(articles, statistics.rows_by_wiki)
    if name in OF_COMMONS:
        pages = lake.statistics("pages", snapshot).rows_by_wiki.get(COMMONS, 0)
        found += empty_tables({COMMONS: pages}, {COMMONS: statistics.rows})
    if name in WITH_NULLS:
        columns = WITH_NULLS[name]
        table = engine.read(lake.files(name, snapshot))
        found += always_null(_values(engine, table, columns), columns)
    return input_result(wikis, found)


def _input_check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=name,
        name="inputs",
        blocking=True,
        partitions_def=SNAPSHOTS,
        description="No wiki's table is empty, no column always NULL, few links lost.",
    )
    def inputs(
        context: dg.AssetCheckExecutionContext,
        lake: LakeResource,
        engine: EngineResource,
        rules: Rules,
    ) -> dg.AssetCheckResult:
        here = lake.get()
        return run_input_check(
            name, engine.get(here.scratch.path), here, context.partition_key, rules
        )

    return inputs


INPUT_CHECKS = [
    _input_check(name) for name in DATASETS if name in {*OF_ARTICLES, *OF_COMMONS, *WITH_NULLS}
]
"""One blocking check for each input table of which something is expected."""
