"""What is wrong with a snapshot beside its counts: MODULES.md section 8. The gate holds wikis back
for it, and the checks show it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis

from graph.history import LOOKED_BACK, History
from graph.judgement import Severity
from graph.manifest import UNREADABLE
from graph.seen import Fault
from module_assets.datasets.rows import MODULE, TITLE
from module_assets.reading.activity import ENDS_BEFORE
from module_assets.rules import Rules
from module_assets.snapshots.manifest import inputs_of
from resources.engine import Engine
from resources.lake import Lake
from resources.sources.module_dumps import PAGEVIEWS


@dataclass(frozen=True)
class Looked:
    """What faults are looked for in: one snapshot, and all that was computed before it."""

    lake: Lake
    engine: Engine
    rules: Rules
    key: str

    @cached_property
    def wikis(self) -> tuple[str, ...]:
        """The wikis of the snapshot."""
        return inputs_of(self.lake, self.key).wikis

    @cached_property
    def _history(self) -> History:
        return History(self.lake, before=self.key)

    def table(self, dataset: str, key: str = "") -> ibis.Table:
        """Give a dataset of the snapshot, or of another one."""
        files = self.lake.files(dataset, key or self.key)
        return self.engine.read(files)

    def last(self, wiki: str, dataset: str) -> str:
        """Give the last snapshot before in which a wiki (or ``""``, any) was let through that has
        the dataset; "" where there is none.
        """
        let_through = reversed(self._history.snapshots(wiki, LOOKED_BACK))
        return next((key for key in let_through if self.lake.has(dataset, key)), "")


@dataclass(frozen=True)
class Found:
    """One thing that is wrong: of which wiki (or all, ``""``), a sentence, and how bad it is."""

    wiki: str
    says: str
    severity: Severity = "WARN"
    share: float = 1.0


def gone(looked: Looked) -> list[Found]:
    """Find the wikis that had modules in their last snapshot and have none."""
    now = looked.lake.statistics("modules", looked.key).rows_by_wiki
    lost = [wiki for wiki in looked.wikis if not now.get(wiki)]
    found = []
    if not now:
        found.append(Found("", "no wiki has any module, expected some", "ERROR"))
    for wiki in lost:
        last = looked.last(wiki, "modules")
        before = looked.lake.statistics("modules", last).rows_by_wiki.get(wiki, 0) if last else 0
        if before:
            says = f"{wiki}: no modules, expected some: {before:,} were there on {last}"
            found.append(Found(wiki, says, "ERROR"))
    return found


def broken(looked: Looked) -> list[Found]:
    """Find the wikis of which too large a share of modules is broken that was not."""
    last = {wiki: key for wiki in looked.wikis if (key := looked.last(wiki, "module_code"))}
    now = looked.table("module_code").select(*MODULE, "is_broken")
    found = []
    for key in sorted({*last.values()}):
        wikis = [wiki for wiki, its in last.items() if its == key]
        before = looked.table("module_code", key).select(*MODULE, was_broken="is_broken")
        rows = now.filter(now.wiki_db.isin(wikis)).left_join(before, MODULE)
        newly = rows.is_broken & ~rows.was_broken.fill_null(False)
        counted = rows.group_by("wiki_db").agg(modules=rows.count(), broken=newly.sum())
        for row in looked.engine.rows(counted.order_by("wiki_db")):
            share = row["broken"] / row["modules"]
            if share > looked.rules.broken_share:
                says = (
                    f"{row['wiki_db']}: {int(row['broken']):,} of {row['modules']:,} modules are "
                    f"broken that were not on {key} ({share:.1%}), expected at most "
                    f"{looked.rules.broken_share:.1%}"
                )
                found.append(Found(row["wiki_db"], says, "ERROR", share))
    return found


def untold_texts(looked: Looked) -> list[Found]:
    """Find the wikis whose index lists more titles of modules than there are texts."""
    read: Any = looked.lake.statistics("exported_modules", looked.key).details.get("read", {})
    found = []
    for wiki, counts in sorted(read.items()):
        if missing := counts.get("titles that their stream lacks", 0):
            listed, names = counts["titles in the index"], ", ".join(counts["of these"][:3])
            says = (
                f"{wiki}: the index lists {listed:,} titles, and {missing:,} have no text: {names}"
            )
            found.append(Found(wiki, says, share=missing / listed))
    return found


def short_histories(looked: Looked) -> list[Found]:
    """Find the wikis whose history ends before the month that it is to be of."""
    read: Any = looked.lake.statistics("module_edits", looked.key).details.get("read", {})
    return [
        Found(wiki, f"{wiki}: its history ends with {last}, expected it to reach its own month")
        for wiki, counts in sorted(read.items())
        if (last := counts.get(ENDS_BEFORE))
    ]


def unread_views(looked: Looked) -> list[Found]:
    """Find whether the month of views can not be read."""
    told: Any = looked.lake.statistics("article_views", looked.key).details.get(UNREADABLE, {})
    why = told.get(PAGEVIEWS)
    return [Found("", f"views of articles are not known of any wiki: {why}")] if why else []


def without_module(looked: Looked) -> list[Found]:
    """Find the wikis of which too large a share of uses is of titles that have no module."""
    uses = looked.table("module_transclusions").select(*TITLE)
    known = looked.table("modules").select(*TITLE).distinct().mutate(is_there=True)
    rows = uses.left_join(known, TITLE)
    counted = rows.group_by("wiki_db").agg(uses=rows.count(), lost=rows.is_there.isnull().sum())
    found = []
    for row in looked.engine.rows(counted.order_by("wiki_db")):
        share = row["lost"] / row["uses"]
        if share > looked.rules.uses_without_module_warn:
            says = (
                f"{row['wiki_db']}: {int(row['lost']):,} of {row['uses']:,} uses are of titles "
                f"that have no module ({share:.1%}), expected at most "
                f"{looked.rules.uses_without_module_warn:.1%}"
            )
            found.append(Found(row["wiki_db"], says, share=share))
    return found


def too_alike(looked: Looked) -> list[Found]:
    """Find whether one family has too many of all modules."""
    rows = looked.table("module_families").group_by("family_id").agg(modules=ibis._.count())
    largest = looked.engine.rows(rows.order_by(ibis.desc("modules"), "family_id").limit(1))
    total = looked.lake.statistics("modules", looked.key).rows
    if not largest or not total:
        return []
    family, modules = largest[0]["family_id"], largest[0]["modules"]
    share = modules / total
    if share <= looked.rules.family_share:
        return []
    says = (
        f"the family {family} has {modules:,} of all {total:,} modules ({share:.0%}), expected at "
        f"most {looked.rules.family_share:.0%}"
    )
    return [Found("", says, "ERROR", share)]


def families_gone(looked: Looked) -> list[Found]:
    """Find whether too many of the large families of the last snapshot are not there any more.

    A family is there as long as most of its modules are in one family.
    """
    last = looked.last("", "families")
    if not last:
        return []
    large = looked.table("families", last)
    large = large.filter(large.wikis >= looked.rules.large_family_wikis).select("family_id")
    before = looked.table("module_families", last).select(*MODULE, "family_id")
    before = before.semi_join(large, "family_id")
    now = looked.table("module_families").select(*MODULE, family_now="family_id")
    sizes = before.group_by("family_id").agg(size=before.count())
    kept = before.inner_join(now, MODULE)
    kept = kept.group_by("family_id", "family_now").agg(together=kept.count())
    kept = kept.group_by("family_id").agg(together=kept.together.max())
    rows = sizes.left_join(kept, "family_id")
    lost = rows.together.fill_null(0) * 2 <= rows["size"]
    (row,) = looked.engine.rows(rows.agg(total=rows.count(), gone=lost.sum()))
    total, gone = row["total"], int(row["gone"] or 0)
    share = gone / total if total else 0.0
    if share <= looked.rules.families_gone_warn:
        return []
    says = (
        f"{gone:,} of the {total:,} families of {last} with {looked.rules.large_family_wikis} "
        f"wikis or more are gone ({share:.1%}), expected at most "
        f"{looked.rules.families_gone_warn:.1%}"
    )
    return [Found("", says, share=share)]


@dataclass(frozen=True)
class Expectation:
    """What is expected of a dataset, what the check is called, what looks for its faults, and which
    other datasets that reads. One that ``holds`` finds what holds wikis back, the others only warn.
    """

    name: str
    says: str
    look: Callable[[Looked], list[Found]]
    compared: tuple[str, ...] = ()
    holds: bool = False


FAULTS: Mapping[str, Expectation] = {
    "exported_modules": Expectation("texts", "All titles of the index have a text.", untold_texts),
    "module_edits": Expectation(
        "history", "All histories reach the month that they are of.", short_histories
    ),
    "article_views": Expectation("views", "The month of views can be read.", unread_views),
    "modules": Expectation("gone", "Wikis that had modules have some.", gone, holds=True),
    "module_use": Expectation(
        "targets",
        "Nearly all uses are of modules that are there.",
        without_module,
        ("module_transclusions", "modules"),
    ),
    "module_code": Expectation(
        "broken", "No more modules are broken than before.", broken, holds=True
    ),
    "module_families": Expectation(
        "largest",
        "No family has a large share of all modules.",
        too_alike,
        ("modules",),
        holds=True,
    ),
    "families": Expectation(
        "kept",
        "Large families stay from snapshot to snapshot.",
        families_gone,
        ("module_families",),
    ),
}
"""What is expected, by dataset."""


def faults_of(looked: Looked) -> list[Fault]:
    """Find what holds wikis back beside their counts; what is of all holds each of them."""
    return [
        Fault(wiki, f"{dataset} {expected.name}", each.says, share=each.share)
        for dataset, expected in FAULTS.items()
        if expected.holds
        for each in expected.look(looked)
        for wiki in ([each.wiki] if each.wiki else looked.wikis)
    ]
