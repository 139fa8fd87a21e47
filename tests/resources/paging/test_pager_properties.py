"""Whatever is judged, and whoever is down meanwhile: everything is told once, again, and over.

The pager is held against a model in plain dictionaries that says which incidents each page must
speak of, and to whom each page must come, and in which order.
"""

import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from resources.paging import outbox
from resources.paging.pager import AGAIN_AFTER, Pager
from resources.paging.problems import Judgement, Page, Problem, Severity

CHECKS = ["anomaly", "inputs"]
SNAPSHOTS = ["", "2026-11-02", "2026-11-09"]
WIKIS = ["ptwiki", "eswiki"]
SEVERITIES: list[Severity] = ["WARN", "ERROR"]
Named = tuple[str, str, str]
"""A check, a snapshot and a wiki: what an incident is known by."""


class Receiver:
    """A destination that may be down."""

    def __init__(self, *severities: Severity) -> None:
        self.severities = frozenset(severities)
        self.label = self.url = f"receiver://{'-'.join(severities)}"
        self.up = True
        self.got: list[Page] = []

    def send(self, page: Page) -> str:
        if self.up:
            self.got.append(page)
            return ""
        return "down"


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    """A judgement of one check, of all wikis or of some, which finds some wrong."""
    check, snapshot = draw(st.sampled_from(CHECKS)), draw(st.sampled_from(SNAPSHOTS))
    wikis = draw(st.none() | st.frozensets(st.sampled_from(WIKIS), min_size=1))
    wrong = draw(
        st.dictionaries(
            st.sampled_from(sorted(wikis or WIKIS)), st.sampled_from(SEVERITIES), max_size=3
        )
    )
    problems = tuple(
        # The sentence names the incident, so that a page shows what it speaks of.
        Problem(check, "flags", snapshot, wiki, severity, f"<{check}|{snapshot}|{wiki}>")
        for wiki, severity in wrong.items()
    )
    return Judgement(check, "flags", snapshot, problems, "", wikis)


class PagerMachine(RuleBasedStateMachine):
    """The pager, and beside it the model."""

    def __init__(self) -> None:
        super().__init__()
        # Where there is one, a disk that needs no waiting for: nothing here is killed.
        memory = Path("/dev/shm")
        self.folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.now = datetime(2026, 11, 23, tzinfo=UTC)
        self.receivers = [Receiver("WARN"), Receiver("ERROR"), Receiver("WARN", "ERROR")]
        self.reports = 0
        self.open: dict[Named, Severity] = {}
        self.told_at: dict[Named, datetime] = {}
        self.told: dict[Named, set[Severity]] = {}
        self.expected: list[tuple[str, set[Severity], set[Named]]] = []
        self.restart()

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule()
    def restart(self) -> None:
        self.pager = Pager(
            Path(self.folder.name) / "pages.sqlite", self.receivers, clock=lambda: self.now
        )

    @rule(minutes=st.sampled_from([1, 60, 12 * 60, 24 * 60, 100 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(which=st.integers(0, 2))
    def goes_down_or_comes_back(self, which: int) -> None:
        self.receivers[which].up = not self.receivers[which].up

    @rule(judged=st.lists(judgements(), min_size=1, unique_by=lambda judgement: judgement.check))
    def report(self, judged: list[Judgement]) -> None:
        self.reports += 1
        assert self.pager.report(f"run {self.reports}", judged)
        assert not self.pager.report(f"run {self.reports}", [])
        opened: set[Named] = set()
        over: set[Named] = set()
        for judgement in judged:
            found = {problem.wiki: problem.severity for problem in judgement.problems}
            for check, snapshot, wiki in list(self.open):
                concerned = check == judgement.check and snapshot <= judgement.snapshot
                if not concerned or not judgement.judges(wiki):
                    continue
                if wiki not in found:
                    over.add((check, snapshot, wiki))
                if wiki not in found or snapshot < judgement.snapshot:
                    del self.open[check, snapshot, wiki]
            for wiki, severity in found.items():
                named = (judgement.check, judgement.snapshot, wiki)
                if self.open.get(named) not in (severity, "ERROR"):
                    self.told[named] = self.told[named] if named in self.open else set()
                    self.open[named] = severity
                    opened.add(named)
        self.expect_by_snapshot("open", opened)
        if over:
            self.expected.append(("over", set().union(*(self.told[each] for each in over)), over))

    @rule()
    def deliver(self) -> None:
        due = {named for named in self.open if self.now - self.told_at[named] >= AGAIN_AFTER}
        self.expect_by_snapshot("again", due)
        self.pager.deliver()

    @rule()
    def everybody_is_back(self) -> None:
        for receiver in self.receivers:
            receiver.up = True
        self.now += outbox.LONGEST_WAIT
        self.deliver()
        for receiver in self.receivers:
            assert len(receiver.got) == len(self.expected_by(receiver))
        assert not any(waiting.pages for waiting in self.pager.pending())

    @invariant()
    def what_is_open_is_known(self) -> None:
        known = {(one.check, one.snapshot, one.wiki): one for one in self.pager.open_incidents()}
        assert {named: one.severity for named, one in known.items()} == self.open

    @invariant()
    def everybody_got_what_was_due_in_order_and_once(self) -> None:
        for receiver in self.receivers:
            expected = self.expected_by(receiver)[: len(receiver.got)]
            assert [page.kind for page in receiver.got] == [kind for kind, _, _ in expected]
            for page, (_, _, named) in zip(receiver.got, expected, strict=True):
                spoken = set(re.findall(r"<(.*)\|(.*)\|(.*)>", page.body))
                assert spoken == named or (len(spoken) == 10 and spoken < named)
            assert len({page.key for page in receiver.got}) == len(receiver.got)

    def expected_by(self, receiver: Receiver) -> list[tuple[str, set[Severity], set[Named]]]:
        """Give the pages that the model has for a receiver."""
        return [page for page in self.expected if page[1] & receiver.severities]

    def expect_by_snapshot(self, kind: str, named: set[Named]) -> None:
        """Expect a page for each snapshot."""
        for snapshot in sorted({each[1] for each in named}):
            some = {each for each in named if each[1] == snapshot}
            severity: Severity = "ERROR" if "ERROR" in map(self.open.get, some) else "WARN"
            self.expected.append((kind, {severity}, some))
            for each in some:
                self.told[each].add(severity)
                self.told_at[each] = self.now


TestPager = PagerMachine.TestCase
TestPager.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
