"""Dumps arrive, a bad week is held back, and people are told once: against a live instance."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resources.sample import make_sample
from tests.acceptance.alive import Alive, arrive, arrive_again
from tests.acceptance.broken_dumps import run_here
from tests.acceptance.command import rows_of
from tests.acceptance.test_ui import wait_until
from tests.resources.paging.receivers import PASSWORD, TOKEN, HttpReceiver, MailReceiver, Received

LARGEST, SECOND, LAST = "ptwiki", "arwiki", "kawiki"
FIRST_WEEK, GOOD_WEEK, BAD_WEEK, NEXT_WEEK = "2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09"
RULES = "settling_minutes = 0.05\nrun_wait_minutes = 0.05\n"
SEEING_SECONDS = 90.0
RUNNING_SECONDS = 240.0
MORE_TICKS = 3


def day_of(snapshot: str) -> str:
    """Write a snapshot as dumps write their date."""
    return snapshot.replace("-", "")


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks of dumps; in the last the largest wiki has lost every second article's item."""
    folder = tmp_path_factory.mktemp("side") / "dumps"
    sample = make_sample(folder, articles=400, wikis=3, snapshots=3, bad_week=True)
    assert sample.wikis == (LARGEST, SECOND, LAST)
    assert sample.snapshots == (FIRST_WEEK, GOOD_WEEK, BAD_WEEK)
    return folder


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    """A web hook that is down."""
    receiver = HttpReceiver()
    yield receiver
    receiver.down()


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    """A mail server that is down."""
    receiver = MailReceiver()
    yield receiver
    receiver.down()


@pytest.fixture
def alive(
    side: Path,
    tmp_path: Path,
    hook: HttpReceiver,
    mail: MailReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Alive]:
    """An instance, not started yet, that has published the first two weeks."""
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc to see what is left running")
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    pages = f"{hook.url}\nwarn,error={mail.url}"
    found = Alive(tmp_path, {"IMAGESUGGEST_RULES": str(rules), "IMAGESUGGEST_PAGES": pages})
    arrive(side, found.dumps, "event", "mediawiki_image_suggestions_feedback")
    for week in (FIRST_WEEK, GOOD_WEEK):
        for wiki in (LARGEST, SECOND, LAST, "commonswiki"):
            arrive(side, found.dumps, wiki, day_of(week))
    for entities in ("other/wikibase/wikidatawiki", "other/wikibase/commonswiki"):
        for folder in sorted((side / entities).iterdir())[:2]:
            arrive(side, found.dumps, entities, folder.name)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    for week in (FIRST_WEEK, GOOD_WEEK):
        assert not run_here(found.dumps, found.lake, snapshot=week).error
    try:
        yield found
    finally:
        found.kill()


def waits_for(alive: Alive, *texts: str) -> None:
    """Wait until the sensor that starts snapshots says that it waits for something."""

    def told() -> bool:
        said = alive.says("snapshot_complete")
        return all(text in said for text in texts)

    assert wait_until(told, SEEING_SECONDS), alive.says("snapshot_complete")


def run_of(alive: Alive, snapshot: str) -> str:
    """Wait until the run of a snapshot has ended; give its state. There is never another."""

    def ended() -> bool:
        runs = [run for run in alive.runs() if run.snapshot == snapshot]
        assert len(runs) <= 1
        return bool(runs) and runs[0].status in ("SUCCESS", "FAILURE", "CANCELED")

    assert wait_until(ended, RUNNING_SECONDS), alive.says("snapshot_complete")
    return next(run.status for run in alive.runs() if run.snapshot == snapshot)


def states(alive: Alive, snapshot: str) -> dict[str, str]:
    """Give what became of each wiki of a snapshot."""
    return {row["wiki_db"]: row["state"] for row in rows_of(alive.lake, "publishable", snapshot)}


def got(receivers: tuple[HttpReceiver, MailReceiver]) -> list[list[Received]]:
    """Give what each receiver has got."""
    return [receiver.got for receiver in receivers]


def let_the_bad_week_arrive(alive: Alive, side: Path) -> None:
    """Fill the folder in the wrong order, and see that nothing begins before all is whole."""
    day = day_of(BAD_WEEK)
    arrive(side, alive.dumps, LAST, day)
    missing = f"no dump of {BAD_WEEK}"
    waits_for(alive, f"{BAD_WEEK} waits for wikis: {SECOND} ({missing}), {LARGEST} ({missing})")
    # It says nothing of itself yet, and its longest table is not there.
    late = ("pagelinks.sql.gz", "dumpstatus.json")
    place = arrive(side, alive.dumps, LARGEST, day, without=late)
    links = f"{LARGEST}-{day}-pagelinks.sql.gz"
    waits_for(alive, f"{LARGEST} ({LARGEST}/{day}/{links} is not there)")
    whole = (side / LARGEST / day / links).read_bytes()
    half = len(whole) // 2
    (place / links).write_bytes(whole[:half])
    status = (side / LARGEST / day / "dumpstatus.json").read_bytes()
    (place / "dumpstatus.json").write_bytes(status)
    arrive(side, alive.dumps, SECOND, day)
    waits_for(
        alive, f"wikis: {LARGEST} ({LARGEST}/{day}/{links} has {half:,} of the {len(whole):,}"
    )
    assert SECOND not in alive.says("snapshot_complete")
    assert BAD_WEEK not in alive.snapshots()
    assert BAD_WEEK not in {run.snapshot for run in alive.runs()}
    with (place / links).open("ab") as file:
        file.write(whole[half:])


def both_have(receivers: tuple[HttpReceiver, MailReceiver], pages: int) -> Callable[[], bool]:
    """Tell whether each receiver has so many pages."""
    return lambda: all(len(each) >= pages for each in got(receivers))


@pytest.mark.cluster
def test_dumps_arrive_a_bad_week_is_held_back_and_people_are_told_once_whatever_is_killed(
    alive: Alive, side: Path, hook: HttpReceiver, mail: MailReceiver
) -> None:
    receivers = (hook, mail)
    alive.start()
    waits_for(alive, f"{GOOD_WEEK} is done")
    let_the_bad_week_arrive(alive, side)

    assert run_of(alive, BAD_WEEK) == "SUCCESS"
    alive.kill()
    assert states(alive, BAD_WEEK) == {
        LARGEST: "held",
        SECOND: "published",
        LAST: "published",
        "commonswiki": "published",
    }

    alive.start()
    assert wait_until(lambda: "2 wait" in alive.says("pages"), SEEING_SECONDS)
    check = alive.check("unillustrated_articles", "anomaly")
    assert check["status"] == "FAILED"
    assert check["evaluation"]["severity"] == "ERROR"
    assert got(receivers) == [[], []]

    hook.up()
    mail.up()
    assert wait_until(both_have(receivers, 1), SEEING_SECONDS), alive.says("pages")
    assert alive.wait_for_ticks("pages", MORE_TICKS, SEEING_SECONDS)
    (told,), (mailed,) = got(receivers)
    assert told.key == mailed.key
    assert told.title == mailed.title
    assert told.title.startswith(f"[ERROR] image suggestions {BAD_WEEK}: {LARGEST}: ")
    link = f"{alive.url}/assets/unillustrated_articles?view=checks&checkDetail=anomaly"
    assert link in told.body
    assert link in mailed.body
    assert "What to do (anomaly):" in told.body

    for wiki in (LAST, LARGEST, SECOND):
        arrive_again(alive.dumps, wiki, day_of(GOOD_WEEK), day_of(NEXT_WEEK))
    assert run_of(alive, NEXT_WEEK) == "SUCCESS"
    assert set(states(alive, NEXT_WEEK).values()) == {"published"}
    assert wait_until(both_have(receivers, 2), SEEING_SECONDS), alive.says("pages")
    assert alive.wait_for_ticks("pages", MORE_TICKS, SEEING_SECONDS)
    for pages in got(receivers):
        assert len(pages) == 2
        assert pages[1].title.startswith(f"[OVER] image suggestions {BAD_WEEK}: {LARGEST}: ")
    assert len({page.key for pages in got(receivers) for page in pages}) == 2

    assert [run.snapshot for run in alive.runs()] == [NEXT_WEEK, BAD_WEEK, GOOD_WEEK, FIRST_WEEK]
    assert alive.snapshots() == [FIRST_WEEK, GOOD_WEEK, BAD_WEEK, NEXT_WEEK]
    assert "0 are waited for" in alive.seen("wiki_dumps")[0]
    texts = [str(tick) for tick in alive.ticks("pages")]
    assert not [text for text in texts if PASSWORD in text or TOKEN in text]
    assert alive.stop(), f"still running: {alive.processes()}"
