"""Lists of pages from the lake, at the snapshot of each wiki that is published. For threads."""

import time
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

from graph.declared import GATE, HELD, LEFT_OUT
from graph.history import read_gate
from imagesuggest_assets.server.pages import Numbers, Page, Pages
from imagesuggest_assets.server.published import CONSIDERED, Publications, Wiki, evidence_of
from imagesuggest_assets.server.source import NotKeptError
from imagesuggest_assets.server.wanted import Wanted
from resources.errors import UserError
from resources.lake import Lake
from resources.lake_paths import LakePath
from resources.stores.kinds import strongest_first

SAMPLE_SEED = 1
"""Of the one sample that all judges of a wiki are shown."""
SAMPLE_MOST = 400
"""Pictures of the sample of each combination of kinds: what measures it, and some to spare."""
LOOK_SECONDS = 1.0
"""For so long what is published is not looked at again."""


class Lists:
    """The lists of a lake. Every method may raise UserError or OSError."""

    def __init__(self, lake: str, scratch: str) -> None:
        self._lake = Lake(lake, scratch)
        self._publications = Publications(self._lake)
        self._pages = Pages()
        self._lock = Lock()
        self._next_look = 0.0
        self._wikis: Mapping[str, Wiki] = {}
        self._numbers: dict[tuple[LakePath, ...], dict[str, Numbers]] = {}
        self._samples: dict[str, tuple[Sequence[LakePath], list[tuple[int, str]]]] = {}

    def close(self) -> None:
        """Let go of files."""
        self._pages.close()
        self._lake.close()

    def look(self, target: str) -> Mapping[str, Wiki]:
        """Give what is published in a store, as of a second ago at most."""
        with self._lock:
            if time.monotonic() >= self._next_look:
                self._wikis = self._publications.look(target)
                self._next_look = time.monotonic() + LOOK_SECONDS
            return self._wikis

    def files(self, target: str, wiki: str) -> Sequence[LakePath]:
        """Give the files of a wiki's suggestions; none for a wiki that nobody knows."""
        found = self.look(target).get(wiki)
        if found is None:
            return ()
        if found.trouble:
            raise UserError(f"{wiki}: {found.trouble}")
        return found.files

    def part(
        self, target: str, wanted: Wanted, *, seed: int, after: int | None, limit: int
    ) -> tuple[list[Page], int | None]:
        """See Pages.part."""
        files = self.files(target, wanted.wiki)
        if not files:
            return [], None
        try:
            return self._pages.part(files, wanted, seed=seed, after=after, limit=limit)
        except UserError:
            # Perhaps they were removed, and others are there.
            self._publications.forget()
            raise

    def all(self, files: Sequence[LakePath], wanted: Wanted) -> Iterator[list[Page]]:
        """See Pages.all."""
        return self._pages.all(files, wanted) if files else iter(())

    def explained(
        self, target: str, wiki: str, asked: str | int, snapshot: str
    ) -> dict[str, Any] | None:
        """Explain a page, at the snapshot that is served of its wiki or at another; None for a wiki
        that nobody knows. Raises NotKeptError for a snapshot of which it is not kept.
        """
        # What decides brings Ibis and Dagster, for which nobody who asks for lists should wait.
        from imagesuggest_assets.server.explanations import NOTHING, explain

        found = self.look(target).get(wiki)
        if found is None:
            return None
        at, about_wiki = _state(self._lake, found, snapshot)
        explained: dict[str, Any] = dict(NOTHING)
        if at:
            evidence = found.evidence if at == found.snapshot else evidence_of(self._lake, at)
            if evidence is None:
                kept = ", ".join(self._lake.snapshots(CONSIDERED[0]))
                raise NotKeptError(
                    f"what explains {at} is not kept; kept is that of {kept or 'no snapshot'}, see "
                    "`explained_snapshots` in docs/rules.md"
                )
            with self._pages.cursor() as cursor:
                explained = explain(cursor, evidence.files, evidence.rules, wiki, asked)
        conditions = [*about_wiki, *explained["conditions"]]
        return {"wiki": wiki, "snapshot": at or None, **explained, "conditions": conditions}

    def sample(self, target: str, wiki: str) -> list[tuple[int, str]]:
        """Give what is to be judged of a wiki to measure how sure it is: pages with a file each,
        see Pages.sample. It stays the same as long as the snapshot is served.
        """
        files = self.files(target, wiki)
        if not files:
            return []
        drawn_from, sample = self._samples.get(wiki, ((), []))
        if drawn_from != files:
            sample = self._pages.sample(files, Wanted(wiki), SAMPLE_SEED, SAMPLE_MOST)
            self._samples[wiki] = files, sample
        return sample

    def described(self, target: str) -> list[dict[str, Any]]:
        """Describe each wiki: what is served of it, and what became of its newest snapshot.

        Numbers are None where its files can not be read.
        """
        wikis = self.look(target)
        used = {wiki.files for wiki in wikis.values() if wiki.files}
        for files in used - self._numbers.keys():
            self._numbers[files] = self._pages.numbers(files)
        self._numbers = {files: self._numbers[files] for files in used}
        return [self._described(wiki) for wiki in wikis.values()]

    def _described(self, wiki: Wiki) -> dict[str, Any]:
        known = self._numbers.get(wiki.files, {})
        numbers = None if wiki.trouble else known.get(wiki.wiki, Numbers(0, 0, {}))
        by_kind = numbers.by_kind if numbers else {}
        kinds = strongest_first(tuple(by_kind))
        return {
            "wiki": wiki.wiki,
            "snapshot": wiki.snapshot or None,
            "published_at": wiki.published_at or None,
            "articles": numbers.articles if numbers else None,
            "suggestions": numbers.suggestions if numbers else None,
            "suggestions_by_kind": {kind: by_kind[kind] for kind in kinds},
            "newest_snapshot": wiki.newest or None,
            "state": wiki.state or None,
            "held": wiki.held,
            "reason": wiki.trouble or wiki.reason or None,
        }


def _state(lake: Lake, wiki: Wiki, snapshot: str) -> tuple[str, list[dict[str, Any]]]:
    """Give the snapshot that is explained, and what is to be said of the wiki, be it of a newer
    one: that it is held back, say.
    """
    from imagesuggest_assets.server.explanations import wiki_condition

    if not snapshot:
        at, of, state = wiki.snapshot, wiki.newest, wiki.state
        reason = wiki.trouble or wiki.reason
    else:
        at = of = snapshot
        gate = read_gate(lake, snapshot) if lake.has(GATE, snapshot) else None
        state = gate.states.get(wiki.wiki, "") if gate else ""
        reason = gate.reasons.get(wiki.wiki, "") if gate else "it has not come to its gate"
    if state in (HELD, LEFT_OUT):
        return at, [wiki_condition(state.replace(" ", "_"), of, reason)]
    if not at or (snapshot and not state):
        return at, [wiki_condition("not_published", of, reason)]
    return at, []
