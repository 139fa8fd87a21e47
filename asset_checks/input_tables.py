"""What must hold of every input table, wiki by wiki: SPEC.md section 9, row "inputs".

Of history only the last snapshot's pages are looked at. Local files, category sizes
and feedback are not expected to be there: most wikis keep all their files on Commons, the
category table is optional, and feedback comes when it does. Of feedback the files are looked at:
what is gone, damaged, or can not be understood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from ibis import Table

from asset_checks import shown
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.catalog.inputs import (
    FEEDBACK_DAMAGED,
    FEEDBACK_DROPPED,
    FEEDBACK_GONE,
)
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.datasets.inputs import articles_of
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import inputs_of
from resources.engine import Engine, EngineResource
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake, Statistics
from resources.sources.dumps import COMMONS, ITEMS
from resources.wording import several

OF_ARTICLES = ("page_items", "lead_images", "image_links", "incoming_links")
"""Tables that have rows for every wiki that has articles."""
OF_COMMONS = ("commons_files", "commons_category_files", "depicts")
"""Tables that have rows where Commons has pages."""
OF_ITEMS = ("item_claims",)
"""Tables that have rows where there is any article."""
COMPARED = frozenset({*OF_ARTICLES, *OF_COMMONS, *OF_ITEMS})
"""Tables that are compared with pages."""
"""The table that is compared with that of the last snapshot."""
NEVER_ALL_NULL = {
    "mediawiki_image": ("img_media_type", "img_width"),
    "commons_files": ("media_type", "width"),
}
"""Columns that may be NULL, but not in all rows of a wiki. Titles and target ids of links are of
two schemas, one of which is NULL; a row where both are counts as a link without target."""
FINDINGS_TOLD = 5


@dataclass(frozen=True)
class Finding:
    """One thing found of one wiki's rows (or of what is no wiki's: ``""``); ``stops`` the run or
    only warns."""

    wiki: str
    found: str
    expected: str
    stops: bool = False


def empty_tables(expected: Mapping[str, int], rows: Mapping[str, int]) -> list[Finding]:
    """Find the wikis that have no rows, though they have pages for which some are expected."""
    return [
        Finding(wiki, "no rows", f"some, for {count:,} page{'' if count == 1 else 's'}")
        for wiki, count in expected.items()
        if count and not rows.get(wiki)
    ]


def lost_targets(statistics: Statistics, rules: Rules) -> list[Finding]:
    """Find the wikis where too large a share of links has no target."""
    found = []
    for wiki, lost in statistics.taken_out.get("no_target", {}).items():
        links = statistics.candidates[wiki]
        share = lost / links if links else 0.0
        stops = share > rules.lost_links_error
        if stops or share > rules.lost_links_warn:
            limit = rules.lost_links_error if stops else rules.lost_links_warn
            text = f"{lost:,} of {links:,} links without target ({share:.2%})"
            found.append(Finding(wiki, text, f"at most {limit:.2%}", stops))
    return found


def always_null(values: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Finding]:
    """Find the columns that are NULL in every row of a wiki.

    ``values`` has one entry a wiki: its name as ``wiki_db``, and how many values each column has.
    """
    return [
        Finding(counted["wiki_db"], f"{column} is always NULL", "values")
        for counted in values
        for column in columns
        if not counted[column]
    ]


def fewer_pages(
    rows: Mapping[str, int], before: Mapping[str, int], last: str, rules: Rules
) -> list[Finding]:
    """Find the wikis that have lost a large share of the pages of their last snapshot.

    ``rows`` are those of the wikis that are part of the snapshot, 0 where there are none.
    """
    return [
        Finding(
            wiki,
            f"{count:,} pages",
            f"at least {rules.pages_share_warn:.0%} of the {before[wiki]:,} of {last}",
        )
        for wiki, count in rows.items()
        if count < rules.pages_share_warn * before.get(wiki, 0)
    ]


def odd_feedback(statistics: Statistics, rules: Rules) -> list[Finding]:
    """Find what is wrong with the files of feedback. Nothing of it stops anything."""
    details: Mapping[str, Any] = statistics.details
    found = [
        Finding("", f"{path}: {why}; what follows is left out", "a file that is whole")
        for path, why in details.get(FEEDBACK_DAMAGED, {}).items()
    ]
    for path, (dropped, events) in details.get(FEEDBACK_DROPPED, {}).items():
        if dropped > rules.odd_feedback_warn * events:
            text = f"{path}: {dropped:,} of {events:,} events can not be understood"
            found.append(Finding("", text, f"at most {rules.odd_feedback_warn:.2%}"))
    if gone := details.get(FEEDBACK_GONE, []):
        names = several(gone, FINDINGS_TOLD, ", ", " and ")
        text = f"files of feedback are gone, what they said stays known: {names}"
        found.append(Finding("", text, "all that were read before"))
    return found


def input_result(wikis: int, findings: Sequence[Finding]) -> dg.AssetCheckResult:
    """Make what Dagster shows of the findings in so many wikis, those that stop the run first."""
    findings = sorted(findings, key=lambda each: not each.stops)
    metadata: dict[str, Any] = {"wikis looked at": wikis}
    if findings:
        metadata["findings"] = table_metadata(
            [
                {"wiki": each.wiki, "found": each.found, "expected": each.expected}
                for each in findings
            ]
        )
    told = [
        f"{each.wiki}: {each.found}, expected {each.expected}".removeprefix(": ")
        for each in findings
    ]
    metadata |= shown.problems(
        [
            shown.problem(each.wiki, says, error=each.stops, weight=float(each.stops))
            for each, says in zip(findings, told, strict=True)
        ]
    )
    stops = any(each.stops for each in findings)
    return dg.AssetCheckResult(
        passed=not findings,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        description=several(told, FINDINGS_TOLD) or f"nothing missing, wikis looked at: {wikis:,}",
        metadata=metadata,
    )


def run_input_check(
    name: str, engine: Engine, lake: Lake, snapshot: str, rules: Rules
) -> dg.AssetCheckResult:
    """Check one partition of an input table."""
    statistics = lake.statistics(name, snapshot)
    findings = lost_targets(statistics, rules)
    wikis = set(statistics.rows_by_wiki)
    if name in COMPARED and not lake.has("pages", snapshot):
        # Only where somebody materialized this dataset by itself.
        findings.append(Finding("all wikis", "pages is not there", "it, to know who has articles"))
    elif name in COMPARED:
        expected = _pages_expected(name, engine, lake, snapshot)
        # Rows of Commons and of items belong to no wiki.
        rows = statistics.rows_by_wiki or dict.fromkeys(expected, statistics.rows)
        findings += empty_tables(expected, rows)
        wikis |= set(expected)
    if name == "pages":
        older = [key for key in lake.snapshots("pages") if key < snapshot]
        wikis |= {*inputs_of(lake, snapshot).wikis, COMMONS}
        if older:
            rows = {wiki: statistics.rows_by_wiki.get(wiki, 0) for wiki in sorted(wikis)}
            before = lake.statistics("pages", older[-1]).rows_by_wiki
            findings += fewer_pages(rows, before, older[-1], rules)
    if name == "feedback":
        findings += odd_feedback(statistics, rules)
    if name in NEVER_ALL_NULL and _values_expected(name, lake, snapshot):
        columns = NEVER_ALL_NULL[name]
        table = engine.read(lake.files(name, snapshot))
        findings += always_null(_values(engine, table, columns), columns)
    return input_result(len(wikis), findings)


def _pages_expected(name: str, engine: Engine, lake: Lake, snapshot: str) -> dict[str, int]:
    """Count the pages of each wiki that give reason to expect rows in a table."""
    if name in OF_COMMONS:
        return {COMMONS: lake.statistics("pages", snapshot).rows_by_wiki.get(COMMONS, 0)}
    articles = articles_of(engine.read(lake.files("pages", snapshot)))
    counted = engine.rows(articles.group_by("wiki_db").agg(articles=articles.count()))
    by_wiki = {row["wiki_db"]: row["articles"] for row in counted}
    return {ITEMS.wiki: sum(by_wiki.values())} if name in OF_ITEMS else by_wiki


def _values_expected(name: str, lake: Lake, snapshot: str) -> bool:
    """Tell whether nullable columns have their values; Commons' image table is optional."""
    if name != "commons_files":
        return True
    return COMMONS in lake.statistics("mediawiki_image", snapshot).rows_by_wiki


def _values(engine: Engine, table: Table, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Count the values of columns, by wiki; a table without wikis is of Commons."""
    values = {column: table[column].count() for column in columns}
    if "wiki_db" in table.columns:
        return engine.rows(table.group_by("wiki_db").agg(**values))
    counted = engine.rows(table.agg(rows=table.count(), **values))
    return [{"wiki_db": COMMONS, **row} for row in counted if row["rows"]]


def _input_check(name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=name,
        name="inputs",
        blocking=True,
        partitions_def=SNAPSHOTS,
        # What a table is compared with is not always what it is computed from.
        additional_deps=["pages"] if name in COMPARED else [],
        description="No wiki's table is empty, no column always NULL, few links or pages lost; no "
        "file of feedback is gone or damaged.",
        metadata={shown.PAGES: True},
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


CHECKED = COMPARED | NEVER_ALL_NULL.keys() | {"pages", "feedback"}
INPUT_CHECKS = [_input_check(name) for name in DATASETS if name in CHECKED]
"""One blocking check for each input table of which something is expected."""
