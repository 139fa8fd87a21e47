"""People are told of what is wrong once, again while it lasts, and once when it is over."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.errors import UserError
from resources.paging import outbox
from resources.paging.destinations import BOTH, destinations_from
from resources.paging.pager import Delivered, Pager
from resources.paging.problems import Judgement, Page, Problem, Severity
from tests.resources.paging.receivers import (
    PASSWORD,
    TOKEN,
    USER,
    HttpReceiver,
    MailReceiver,
    http_receiver,
    mail_receiver,
)

FIRST, SECOND = "2026-11-02", "2026-11-09"
DAY = timedelta(hours=24)
# Apprise's own, when it first loads what sends mail.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
RUNBOOK = {"anomaly": "Look at the counts.", "inputs": "Look at the dumps."}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class Told:
    """A destination that takes every page; it stands for all where only the pages count."""

    def __init__(self, severities: frozenset[Severity] = BOTH) -> None:
        self.label = self.url = f"told://{'-'.join(sorted(severities))}"
        self.severities = severities
        self.pages: list[Page] = []
        self.refuses: set[str] = set()

    def send(self, page: Page) -> str:
        if page.key in self.refuses:
            return "too long"
        self.pages.append(page)
        return ""

    @property
    def kinds(self) -> list[str]:
        return [page.kind for page in self.pages]


def judged(
    snapshot: str = FIRST,
    *wrong: str | tuple[str, Severity],
    check: str = "anomaly",
    wikis: frozenset[str] | None = None,
) -> Judgement:
    """A judgement that found these wikis wrong, the later ones worse."""
    pairs = [(each, "ERROR") if isinstance(each, str) else each for each in wrong]
    problems = tuple(
        Problem(
            check,
            "suggestions",
            snapshot,
            wiki,
            severity,  # type: ignore[arg-type]
            f"{wiki} has {number} suggestions, 100 to 200 were expected.",
            number,
        )
        for number, (wiki, severity) in enumerate(pairs)
    )
    return Judgement(
        check, "suggestions", snapshot, problems, f"http://ui/{check}/{snapshot}", wikis
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def pager(tmp_path: Path, told: Told, clock: Clock) -> Pager:
    return Pager(tmp_path / "pages.sqlite", [told], runbook=RUNBOOK, clock=clock)


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with mail_receiver() as receiver:
        yield receiver


def test_a_report_is_one_page_and_the_same_report_again_is_none(pager: Pager, told: Told) -> None:
    assert pager.report("run 1", [judged(FIRST, "ptwiki")])
    assert not pager.report("run 1", [judged(FIRST, "ptwiki")])
    assert pager.deliver() == Delivered(delivered=1)
    assert pager.deliver() == Delivered()
    assert told.kinds == ["open"]


def test_what_was_told_is_not_told_again_by_another_report(pager: Pager, told: Told) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    pager.report("run 2", [judged(FIRST, "ptwiki", "eswiki")])
    pager.deliver()
    assert [page.title for page in told.pages] == [
        "[ERROR] image suggestions 2026-11-02: ptwiki has 0 suggestions, 100 to 200 were expected",
        "[ERROR] image suggestions 2026-11-02: eswiki has 1 suggestions, 100 to 200 were expected",
    ]


def test_a_source_that_was_forgotten_may_be_reported_again(pager: Pager, clock: Clock) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    clock.move(DAY)
    pager.report("run 2", [])
    assert pager.forget_sources(clock.now) == 1
    assert pager.report("run 1", [judged(FIRST)])
    assert not pager.report("run 2", [])


def test_one_cause_in_300_wikis_is_one_page_with_the_ten_worst(pager: Pager, told: Told) -> None:
    wikis = [f"w{number:03}wiki" for number in range(300)]
    checks = ["anomaly", "inputs", "freshness", "contract"]
    pager.report("run 1", [judged(FIRST, *wikis, check=check) for check in checks])
    pager.deliver()
    (page,) = told.pages
    lines = page.body.splitlines()
    assert len(page.title) <= 120
    assert page.title.startswith("[ERROR] image suggestions 2026-11-02: w299wiki has 299 sugg")
    assert page.title.endswith(", and 1,199 more")
    assert lines[0] == (
        "w299wiki has 299 suggestions, 100 to 200 were expected, "
        "and 1,199 more problems (300 wikis)."
    )
    assert lines[2:4] == [
        f"Snapshot: {FIRST}",
        "Wikis: w299wiki, w298wiki, w297wiki, w296wiki, w295wiki, w294wiki, w293wiki, w292wiki, "
        "w291wiki, w290wiki and 290 others",
    ]
    named = [line for line in lines if line.startswith("- ERROR")]
    assert named == sorted(named, reverse=True)
    assert len(named) == 10
    assert "- and 1,190 more: 1,190 ERROR, 0 WARN" in lines
    for check in checks:
        assert f"- {check} of suggestions: http://ui/{check}/{FIRST}" in lines
    assert page.body.count(RUNBOOK["anomaly"]) == page.body.count(RUNBOOK["inputs"]) == 1


def test_several_problems_of_one_wiki_are_all_said(pager: Pager, told: Told) -> None:
    pager.report("run 1", [judged(FIRST, ("ptwiki", "WARN"), ("ptwiki", "ERROR"))])
    pager.deliver()
    (page,) = told.pages
    assert page.severity == "ERROR"
    assert "- ERROR: ptwiki has 1 suggestions" in page.body
    assert "- WARN: ptwiki has 0 suggestions" in page.body
    assert len(pager.open_incidents()) == 1


def test_a_page_for_each_snapshot_that_a_report_speaks_of(pager: Pager, told: Told) -> None:
    pager.report("run 1", [judged(SECOND, "ptwiki"), judged(FIRST, "eswiki", check="inputs")])
    pager.deliver()
    assert [FIRST in page.title for page in told.pages] == [True, False]


def test_what_belongs_to_no_snapshot_and_no_wiki_pages_too(pager: Pager, told: Told) -> None:
    problem = Problem("sensors", "", "", "", "ERROR", "The sensor of Commons failed.")
    pager.report("tick 1", [Judgement("sensors", "", "", (problem,))])
    pager.report("tick 2", [Judgement("sensors", "", "")])
    pager.deliver()
    assert [page.title for page in told.pages] == [
        "[ERROR] image suggestions: The sensor of Commons failed",
        "[OVER] image suggestions: The sensor of Commons failed",
    ]


def test_what_lasts_is_told_again_after_24_hours_in_one_page(
    pager: Pager, told: Told, clock: Clock
) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    clock.move(timedelta(hours=1))
    pager.report("run 2", [judged(FIRST, "eswiki", check="inputs")])
    pager.deliver()
    clock.move(DAY - timedelta(hours=1, seconds=1))
    pager.deliver()
    assert told.kinds == ["open", "open"]
    clock.move(timedelta(hours=1, seconds=1))
    pager.deliver()
    pager.deliver()
    assert told.kinds == ["open", "open", "again"]
    assert told.pages[-1].title.startswith("[ERROR again] image suggestions 2026-11-02: ")
    assert told.pages[-1].title.endswith(", and 1 more")
    assert "Still so, since 2026-11-23 12:00 UTC" in told.pages[-1].body
    clock.move(DAY)
    pager.deliver()
    assert told.kinds == ["open", "open", "again", "again"]


def test_what_is_over_is_told_once(pager: Pager, told: Told, clock: Clock) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki", "eswiki")])
    pager.report("run 2", [judged(SECOND)])
    pager.report("run 3", [judged(SECOND)])
    clock.move(DAY)
    pager.deliver()
    assert told.kinds == ["open", "over"]
    assert told.pages[1].body.startswith("Over: eswiki has 1 suggestions")
    assert RUNBOOK["anomaly"] not in told.pages[1].body
    assert pager.open_incidents() == []


def test_what_comes_back_is_told_of_anew(pager: Pager, told: Told) -> None:
    for number, wrong in enumerate([["ptwiki"], [], ["ptwiki"]]):
        pager.report(f"run {number}", [judged(FIRST, *wrong)])
    pager.deliver()
    assert told.kinds == ["open", "over", "open"]


def test_what_goes_on_in_a_newer_snapshot_is_told_of_that_alone(pager: Pager, told: Told) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki", "eswiki")])
    pager.report("run 2", [judged(SECOND, "ptwiki")])
    pager.deliver()
    assert told.kinds == ["open", "open", "over"]
    assert SECOND in told.pages[1].title
    assert "ptwiki" not in told.pages[2].body
    assert [incident.snapshot for incident in pager.open_incidents()] == [SECOND]


def test_an_older_snapshot_ends_nothing_of_a_newer_and_pages_for_itself(
    pager: Pager, told: Told
) -> None:
    pager.report("run 1", [judged(SECOND, "ptwiki")])
    pager.report("run 2", [judged(FIRST)])
    pager.report("run 3", [judged(FIRST, "ptwiki")])
    pager.deliver()
    assert told.kinds == ["open", "open"]
    assert [incident.snapshot for incident in pager.open_incidents()] == [SECOND, FIRST]
    pager.report("run 4", [judged(SECOND)])
    pager.deliver()
    assert told.kinds == ["open", "open", "over"]
    assert pager.open_incidents() == []


def test_wikis_that_were_not_judged_stay_open(pager: Pager, told: Told) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki", "eswiki")])
    pager.report("run 2", [judged(SECOND, wikis=frozenset({"eswiki", "dewiki"}))])
    assert [incident.wiki for incident in pager.open_incidents()] == ["ptwiki"]


def test_another_check_ends_nothing(pager: Pager) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    pager.report("run 2", [judged(FIRST, check="inputs")])
    assert len(pager.open_incidents()) == 1


def test_a_warning_that_becomes_an_error_is_told_again_for_those_who_take_errors_only(
    tmp_path: Path,
) -> None:
    everything, errors = Told(), Told(frozenset({"ERROR"}))
    pager = Pager(tmp_path / "pages.sqlite", [everything, errors])
    for number, severity in enumerate[Severity](["WARN", "ERROR", "WARN"]):
        pager.report(f"run {number}", [judged(FIRST, ("ptwiki", severity))])
    pager.report("run 4", [judged(FIRST)])
    pager.deliver()
    assert everything.kinds == ["open", "open", "over"]
    assert errors.kinds == ["open", "over"]


def test_a_report_that_opens_and_ends_the_same_says_both_in_order(pager: Pager, told: Told) -> None:
    pager.report(
        "run 1",
        [judged(FIRST, ("ptwiki", "WARN")), judged(FIRST, "ptwiki"), judged(SECOND)],
    )
    pager.deliver()
    assert told.kinds == ["open", "over"]
    assert told.pages[0].severity == "ERROR"


def test_pages_go_to_those_who_take_their_severity_and_so_does_what_is_over(
    tmp_path: Path,
) -> None:
    warnings, errors = Told(frozenset({"WARN"})), Told(frozenset({"ERROR"}))
    pager = Pager(tmp_path / "pages.sqlite", [warnings, errors])
    pager.report("run 1", [judged(FIRST, ("ptwiki", "WARN"))])
    pager.report("run 2", [judged(FIRST)])
    pager.deliver()
    assert (warnings.kinds, errors.kinds) == (["open", "over"], [])
    # One report is one page, of the worst severity; the warning in it went to those of errors.
    pager.report("run 3", [judged(FIRST, ("ptwiki", "WARN"), "eswiki")])
    pager.report("run 4", [judged(FIRST, "eswiki")])
    pager.deliver()
    assert (warnings.kinds, errors.kinds) == (["open", "over"], ["open", "over"])


def test_receivers_that_were_down_get_each_page_once_and_in_order(
    tmp_path: Path, clock: Clock, hook: HttpReceiver, mail: MailReceiver
) -> None:
    hook.down()
    mail.down()
    pager = Pager(
        tmp_path / "pages.sqlite", destinations_from(f"{hook.url} {mail.url}"), clock=clock
    )
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    assert pager.deliver() == Delivered(failed=2)
    assert pager.deliver() == Delivered(), "it waits before it tries again"
    pager.report("run 2", [judged(FIRST)])
    clock.move(outbox.FIRST_WAIT)
    assert pager.deliver() == Delivered(failed=2), "nothing overtakes the page"
    waiting = {each.destination: each for each in pager.pending()}
    assert waiting["json://127.0.0.1"].pages == waiting["mailto://127.0.0.1"].pages == 2
    assert all("Connection refused" in each.error for each in waiting.values())
    hook.up()
    mail.up()
    clock.move(2 * outbox.FIRST_WAIT)
    assert pager.deliver() == Delivered(delivered=4)
    assert pager.deliver() == Delivered()
    for receiver in (hook, mail):
        assert [page.title.split()[0] for page in receiver.got] == ["[ERROR]", "[OVER]"]
        assert [page.key for page in receiver.got] == [page.key for page in pager.pages()[::-1]]
    assert [(each.pages, each.oldest, each.error) for each in pager.pending()] == [
        (0, None, "")
    ] * 2


def test_a_mail_and_a_hook_say_the_same_in_plain_text(
    tmp_path: Path, hook: HttpReceiver, mail: MailReceiver
) -> None:
    pager = Pager(
        tmp_path / "pages.sqlite",
        destinations_from(f"{hook.url} {mail.url}"),
        runbook={"anomaly": "Öffne <die Seite> & *schau* nach."},
    )
    pager.report("run 1", [judged(FIRST, "ptwiki", "eswiki")])
    pager.deliver()
    (page,) = pager.pages()
    (mailed,), (hooked,) = mail.got, hook.got
    assert mailed.content_type == "text/plain"
    assert (mailed.title, mailed.body) == (hooked.title, hooked.body) == (page.title, page.body)


@pytest.mark.parametrize("trouble", ["500", "slow", "breaks off"])
def test_a_page_that_a_hook_does_not_acknowledge_comes_again_with_the_same_key(
    tmp_path: Path, clock: Clock, hook: HttpReceiver, trouble: str
) -> None:
    pager = Pager(tmp_path / "pages.sqlite", destinations_from(f"{hook.url}&rto=0.3"), clock=clock)
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    hook.status = 500 if trouble == "500" else 200
    hook.delay = 0.6 if trouble == "slow" else 0
    hook.breaks_off = trouble == "breaks off"
    assert pager.deliver() == Delivered(failed=1)
    hook.status, hook.delay, hook.breaks_off = 200, 0, False
    clock.move(outbox.FIRST_WAIT)
    assert pager.deliver() == Delivered(delivered=1)
    assert hook.tries == 2
    assert {received.key for received in hook.got} == {pager.pages()[0].key}


def test_a_mail_server_that_refuses_for_now_gets_the_mail_later(
    tmp_path: Path, clock: Clock, mail: MailReceiver
) -> None:
    pager = Pager(tmp_path / "pages.sqlite", destinations_from(mail.url), clock=clock)
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    mail.answer = "451 Come back later"
    assert pager.deliver() == Delivered(failed=1)
    (waiting,) = pager.pending()
    assert "Come back later" in waiting.error
    mail.answer = "250 Taken"
    clock.move(outbox.FIRST_WAIT)
    assert pager.deliver() == Delivered(delivered=1)
    assert len(mail.got) == 1


def test_waits_double_up_to_the_longest() -> None:
    waits = [outbox.wait(attempts).total_seconds() for attempts in (1, 2, 3, 6, 7, 8, 1000)]
    assert waits == [30, 60, 120, 960, 1800, 1800, 1800]


def test_a_page_that_is_refused_holds_up_what_follows_on_it_and_nothing_else(
    pager: Pager, told: Told, clock: Clock
) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    told.refuses = {page.key for page in pager.pages()}
    pager.report("run 2", [judged(FIRST)])
    pager.report("run 3", [judged(FIRST, "eswiki", check="inputs")])
    for _ in range(outbox.PATIENCE):
        assert told.kinds == []
        pager.deliver()
        clock.move(outbox.LONGEST_WAIT)
    assert told.kinds == ["open"]
    assert "eswiki" in told.pages[0].title
    told.refuses = set()
    pager.deliver()
    assert told.kinds == ["open", "open", "over"]


def test_nothing_overtakes_a_page_that_waits_for_its_next_try(
    pager: Pager, told: Told, clock: Clock
) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    told.refuses = {page.key for page in pager.pages()}
    assert pager.deliver() == Delivered(failed=1)
    told.refuses = set()
    pager.report("run 2", [judged(FIRST, "eswiki", check="inputs")])
    assert pager.deliver() == Delivered()
    clock.move(outbox.FIRST_WAIT)
    assert pager.deliver() == Delivered(delivered=2)
    assert ["ptwiki" in page.title for page in told.pages] == [True, False]


def test_after_a_long_outage_all_pages_come_at_once_and_in_order(
    pager: Pager, told: Told, clock: Clock
) -> None:
    for number, check in enumerate(["anomaly", "inputs", "freshness"]):
        pager.report(f"run {number}", [judged(FIRST, "ptwiki", check=check)])
    told.refuses = {page.key for page in pager.pages()}
    for _ in range(2 * outbox.PATIENCE):
        # A receiver that takes nothing costs two tries at a tick, however much waits.
        assert pager.deliver().failed in (1, 2)
        clock.move(outbox.LONGEST_WAIT)
    assert pager.deliver().failed == 2
    told.refuses = set()
    clock.move(outbox.LONGEST_WAIT)
    assert pager.deliver() == Delivered(delivered=3)
    assert [page.key for page in told.pages] == [page.key for page in pager.pages()[::-1]]


def test_a_delivery_begins_nothing_after_its_time(pager: Pager, told: Told) -> None:
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    assert pager.deliver(for_seconds=0) == Delivered()
    assert pager.deliver() == Delivered(delivered=1)


def test_pages_for_a_destination_that_is_no_more_go_to_the_one_in_its_place(
    tmp_path: Path, told: Told, clock: Clock, hook: HttpReceiver
) -> None:
    hook.down()
    before = destinations_from(hook.url)
    store = tmp_path / "pages.sqlite"
    Pager(store, before, clock=clock).report("run 1", [judged(FIRST, "ptwiki")])
    assert Pager(store, before, clock=clock).deliver().failed == 1
    # As after a change of its password; whoever asks without destinations changes nothing.
    assert Pager(store, clock=clock).deliver() == Delivered()
    after = Pager(store, [told], clock=clock)
    assert after.deliver() == Delivered(delivered=1)
    assert after.deliver() == Delivered()
    later = Told(frozenset({"ERROR"}))
    assert Pager(store, [told, later], clock=clock).deliver() == Delivered()


def test_pages_wait_for_the_first_destination_where_none_is_configured(
    tmp_path: Path, told: Told
) -> None:
    store = tmp_path / "pages.sqlite"
    nobody = Pager(store)
    nobody.report("run 1", [judged(FIRST, "ptwiki")])
    assert nobody.deliver() == Delivered()
    assert [(each.destination, each.pages) for each in nobody.pending()] == [
        ("no destination was configured", 1)
    ]
    Pager(store, [told]).deliver()
    assert told.kinds == ["open"]
    assert nobody.pending() == []


def test_old_pages_and_what_was_over_with_them_are_forgotten_but_none_that_waits(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "KEPT", 3)
    store = tmp_path / "pages.sqlite"
    stuck = Told(frozenset({"ERROR"}))
    pager = Pager(store, [told, stuck])
    pager.report("run 0", [judged(FIRST, "ptwiki", check="inputs")])
    stuck.refuses = {pager.pages()[0].key}
    for number in range(5):
        pager.report(f"bad {number}", [judged(FIRST, ("eswiki", "WARN"))])
        pager.report(f"good {number}", [judged(FIRST)])
        pager.deliver()
    pager.deliver()
    kept = pager.pages(100)
    assert [page.kind for page in kept] == ["over", "open", "over", "open"]
    assert "ptwiki" in kept[-1].title
    connection = sqlite3.connect(store)
    assert connection.execute("SELECT count(*) FROM incidents").fetchone() == (3,)
    connection.close()


def test_nothing_is_kept_of_a_report_that_is_wrong(pager: Pager, told: Told) -> None:
    def judgements() -> Iterator[Judgement]:
        yield judged(FIRST, "ptwiki")
        raise KeyError("the evaluation is gone")

    with pytest.raises(KeyError):
        pager.report("run 1", judgements())
    assert pager.open_incidents() == []
    assert pager.report("run 1", [judged(FIRST, "ptwiki")])
    assert len(pager.pages()) == 1


def test_a_judgement_takes_no_problem_of_another() -> None:
    problem = judged(FIRST, "ptwiki").problems[0]
    for wrong in (
        ("inputs", "suggestions", FIRST, None),
        ("anomaly", "flags", FIRST, None),
        ("anomaly", "suggestions", SECOND, None),
        ("anomaly", "suggestions", FIRST, frozenset({"eswiki"})),
    ):
        check, dataset, snapshot, wikis = wrong
        with pytest.raises(ValueError, match="ptwiki"):
            Judgement(check, dataset, snapshot, (problem,), wikis=wikis)


def test_a_memory_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    store = tmp_path / "pages.sqlite"
    store.write_text("This is a text, and no database at all.\n" * 100)
    with pytest.raises(UserError, match=r"pages\.sqlite: the pager's memory cannot be used"):
        Pager(store)


def test_a_memory_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "pages.sqlite"
    Pager(store)
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UserError, match="a newer version made the pager's memory"):
        Pager(store)


def test_no_secret_is_in_any_log_text_or_file(
    tmp_path: Path, clock: Clock, hook: HttpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    destinations = destinations_from(hook.url)
    pager = Pager(tmp_path / "pages.sqlite", destinations, clock=clock)
    seen: list[object] = [destinations]
    pager.report("run 1", [judged(FIRST, "ptwiki")])
    hook.status = 500
    seen.append((pager.deliver(), pager.pending()))
    hook.down()
    clock.move(outbox.LONGEST_WAIT)
    seen.append((pager.deliver(), pager.pending()))
    hook.status = 200
    hook.up()
    clock.move(outbox.LONGEST_WAIT)
    seen.append((pager.deliver(), pager.pending(), pager.pages()))
    assert hook.got[0].login.startswith("Basic ")
    assert "refused" in str(seen)
    assert "500" in str(seen)
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    hidden: Sequence[str] = (USER, PASSWORD, TOKEN, hook.got[0].login.removeprefix("Basic "))
    for secret in hidden:
        assert secret not in repr(seen)
        assert secret not in caplog.text
        assert secret.encode() not in files
    assert logging.getLogger("apprise").level == logging.NOTSET
