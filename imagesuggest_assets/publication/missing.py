"""What input tables lack, wiki by wiki: SPEC.md section 9, row "inputs".

Judged by what was recorded when the tables were written, so that the gate, which holds a wiki back
for an ERROR, and asset_checks/input_tables.py, which shows it, ask the same. Of history only the
last snapshot's pages are looked at. Local files, category sizes and feedback are not expected to be
there: most wikis keep all their files on Commons, the category table is optional, and feedback
comes when it does. Of feedback the files are looked at: what is gone, damaged, or can not be
understood.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph.history import LOOKED_BACK
from graph.judgement import Severity, recorded
from imagesuggest_assets.catalog.inputs import (
    ARTICLES,
    FEEDBACK_DAMAGED,
    FEEDBACK_DROPPED,
    FEEDBACK_GONE,
    VALUES,
)
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import inputs_of
from resources.lake import Lake
from resources.sources.dumps import COMMONS, ITEMS
from resources.versions import Statistics
from resources.wording import several

OF_ARTICLES = ("page_items", "lead_images", "image_links", "incoming_links")
"""Tables that have rows for every wiki that has articles."""
OF_COMMONS = ("commons_files", "commons_category_files", "depicts")
"""Tables that have rows where Commons has pages."""
OF_ITEMS = ("item_claims",)
"""Tables that have rows where there is any article."""
OF_ALL = frozenset({*OF_COMMONS, *OF_ITEMS})
"""Tables that no wiki can do without: an ERROR of theirs stops the run."""
COMPARED = (*OF_ARTICLES, *OF_COMMONS, *OF_ITEMS)
"""Tables that are compared with pages."""
CHECKED = ("pages", *COMPARED, "feedback")
"""The tables of which something is expected."""
TOLD = 5
"""Of the files of feedback that are gone, so many are named."""


@dataclass(frozen=True)
class Missing:
    """One thing that a wiki's rows lack, or that is wrong with what is no wiki's (``""``): what was
    found, and what was expected. ``share`` is how much of what was looked at is wrong.
    """

    wiki: str
    found: str
    expected: str
    severity: Severity = "WARN"
    share: float = 1.0

    @property
    def error(self) -> bool:
        """Whether it holds the wiki back, or stops the run."""
        return self.severity == "ERROR"

    def sentence(self) -> str:
        """Say it in plain words."""
        return f"{self.wiki}: {self.found}, expected {self.expected}".removeprefix(": ")


def missing_in(lake: Lake, dataset: str, snapshot: str, rules: Rules) -> list[Missing]:
    """Find what one of the tables CHECKED lacks, what is an ERROR first.

    Raises UserError where its partition is not there.
    """
    statistics = lake.statistics(dataset, snapshot)
    if dataset == "pages":
        return _pages(lake, statistics, snapshot, rules)
    if dataset == "feedback":
        return odd_feedback(statistics, rules)
    found = lost_targets(statistics, rules)
    expected = _expected(lake, dataset, snapshot)
    if expected is None:
        # Only where somebody materialized this dataset by itself.
        return [*found, Missing("all wikis", "pages is not there", "it, to know who has articles")]
    # Rows of Commons and of items belong to no wiki.
    rows = statistics.rows_by_wiki or dict.fromkeys(expected, statistics.rows)
    found += empty_tables(expected, rows, rules)
    if dataset == "commons_files" and statistics.rows and _has_images(lake, snapshot):
        values = statistics.counts.get(VALUES, {}).get(COMMONS, {})
        found += always_null(values, expected[COMMONS], rules)
    return sorted(found, key=lambda each: not each.error)


def empty_tables(
    expected: Mapping[str, int], rows: Mapping[str, int], rules: Rules
) -> list[Missing]:
    """Find the wikis that have no rows, though they have pages for which some are expected."""
    return [
        Missing(
            wiki,
            "no rows",
            f"some, for {count:,} page{'' if count == 1 else 's'}",
            _severity(count, rules),
        )
        for wiki, count in expected.items()
        if count and not rows.get(wiki)
    ]


def always_null(values: Mapping[str, int], pages: int, rules: Rules) -> list[Missing]:
    """Find what Commons' files never have. ``values`` counts those of each column."""
    return [
        Missing(COMMONS, f"{column} is always NULL", "values", _severity(pages, rules))
        for column, count in values.items()
        if not count
    ]


def lost_targets(statistics: Statistics, rules: Rules) -> list[Missing]:
    """Find the wikis where too large a share of links has no target."""
    found = []
    for wiki, lost in statistics.taken_out.get("no_target", {}).items():
        links = statistics.candidates[wiki]
        share = lost / links if links else 0.0
        error = share > rules.lost_links_error
        if error or share > rules.lost_links_warn:
            limit = rules.lost_links_error if error else rules.lost_links_warn
            text = f"{lost:,} of {links:,} links without target ({share:.2%})"
            severity: Severity = "ERROR" if error else "WARN"
            found.append(Missing(wiki, text, f"at most {limit:.2%}", severity, share))
    return found


def odd_feedback(statistics: Statistics, rules: Rules) -> list[Missing]:
    """Find what is wrong with the files of feedback. Nothing of it holds any wiki back."""
    details: Mapping[str, Any] = statistics.details
    found = [
        Missing("", f"{path}: {why}; what follows is left out", "a file that is whole")
        for path, why in details.get(FEEDBACK_DAMAGED, {}).items()
    ]
    for path, (dropped, events) in details.get(FEEDBACK_DROPPED, {}).items():
        if dropped > rules.odd_feedback_warn * events:
            text = f"{path}: {dropped:,} of {events:,} events can not be understood"
            found.append(Missing("", text, f"at most {rules.odd_feedback_warn:.2%}"))
    if gone := details.get(FEEDBACK_GONE, []):
        names = several(gone, TOLD, ", ", " and ")
        text = f"files of feedback are gone, what they said stays known: {names}"
        found.append(Missing("", text, "all that were read before"))
    return found


def fewer_pages(
    rows: Mapping[str, int], before: Mapping[str, tuple[str, int]], rules: Rules
) -> list[Missing]:
    """Find the wikis that have no page, or have lost a large share of those they had.

    ``rows`` are those of the wikis that are part of the snapshot, 0 where there are none;
    ``before`` is the last snapshot of each wiki that had one, and its pages.
    """
    found = []
    for wiki, count in rows.items():
        last, many = before.get(wiki, ("", 0))
        if count < rules.pages_share_warn * many:
            expected = f"at least {rules.pages_share_warn:.0%} of the {many:,} of {last}"
            found.append(Missing(wiki, f"{count:,} pages", expected))
        elif not count:
            found.append(Missing(wiki, "no rows", "some"))
    return found


def _pages(lake: Lake, statistics: Statistics, snapshot: str, rules: Rules) -> list[Missing]:
    wikis = sorted({*inputs_of(lake, snapshot).wikis, COMMONS})
    rows = {wiki: statistics.rows_by_wiki.get(wiki, 0) for wiki in wikis}
    before: dict[str, tuple[str, int]] = {}
    older = [key for key in lake.snapshots("pages") if key < snapshot]
    for key in reversed(older[-LOOKED_BACK:]):
        if rows.keys() <= before.keys():
            break
        of_key = lake.statistics("pages", key).rows_by_wiki
        before = {wiki: (key, count) for wiki, count in of_key.items()} | before
    return fewer_pages(rows, before, rules)


def _expected(lake: Lake, dataset: str, snapshot: str) -> dict[str, int] | None:
    """Count the pages of each wiki that give reason to expect rows in a table.

    None where they were not counted.
    """
    counted = recorded(lake, "pages", snapshot, ARTICLES)
    if counted is None:
        return None
    if dataset in OF_COMMONS:
        return {COMMONS: lake.statistics("pages", snapshot).rows_by_wiki.get(COMMONS, 0)}
    articles = {wiki: counts[""] for wiki, counts in counted.items()}
    return {ITEMS.wiki: sum(articles.values())} if dataset in OF_ITEMS else articles


def _has_images(lake: Lake, snapshot: str) -> bool:
    """Tell whether Commons' image table was there, which is optional, with what it tells."""
    return COMMONS in lake.statistics("mediawiki_image", snapshot).rows_by_wiki


def _severity(pages: int, rules: Rules) -> Severity:
    return "ERROR" if pages >= rules.missing_error_articles else "WARN"
