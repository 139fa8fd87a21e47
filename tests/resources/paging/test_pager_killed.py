"""Pages and kill -9: none is lost, and what may come twice comes with the same key."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from resources.errors import UserError
from resources.paging.destinations import destinations_from
from resources.paging.pager import Pager
from resources.paging.problems import Judgement, Problem
from resources.paging.store import Store
from tests.resources.paging.receivers import HttpReceiver, http_receiver

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__, "tests.resources.paging.apprise_loaded"])
KILLS = 20
# Apprise's own, when it first loads what sends mail.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def judgement(number: int) -> Judgement:
    """The judgement of a check of its own, which finds one wiki wrong."""
    name = f"check {number}"
    problem = Problem(name, "flags", "2026-11-02", "ptwiki", "ERROR", f"Problem {number}.")
    return Judgement(name, "flags", "2026-11-02", (problem,))


def page_on_and_on(store: Path, url: str, first: int, reports: int) -> None:
    """Report and deliver, as a daemon does at its ticks, until killed or at the end."""
    pager = Pager(store, destinations_from(url))
    for number in range(first, first + reports):
        pager.report(f"run {number}", [judgement(number)])
        pager.deliver()


@contextmanager
def process(store: Path, url: str, first: int, reports: int) -> Iterator[BaseProcess]:
    """Have a process report and deliver; it is dead afterwards."""
    made = FORKS.Process(target=page_on_and_on, args=(store, url, first, reports))
    made.start()
    try:
        yield made
    finally:
        made.kill()
        made.join()


def keys(receiver: HttpReceiver) -> Counter[str]:
    """Count how often each page came."""
    return Counter(received.key for received in receiver.got)


def test_processes_killed_at_any_moment_lose_no_page_and_repeat_only_what_was_being_sent(
    tmp_path: Path,
) -> None:
    moments = random.Random(4)
    store = tmp_path / "pages.sqlite"
    with http_receiver() as hook:
        for number in range(KILLS):
            # Each begins where the one before may have come to, and reports some of it again.
            with process(store, hook.url, 5 * number, 1000) as pages:
                until = len(hook.got) + moments.randint(1, 5)
                while len(hook.got) < until:
                    assert pages.is_alive()
                    time.sleep(0.005)
                if number % 2:
                    # Between a page and its answer; the others are killed wherever they are.
                    with hook.holding() as holds:
                        while not holds.wait(0.05):
                            assert pages.is_alive()
                        pages.kill()
                        pages.join()
        # What the killed have sent is taken to the end.
        hook.down()
        hook.up()
        page_on_and_on(store, hook.url, 0, 5 * KILLS)
        pager = Pager(store, destinations_from(hook.url))
        counted = keys(hook)
        pages = pager.pages(10_000)
        # Every problem was told of: one page for each report, each page at the receiver.
        assert len(pages) == len(pager.open_incidents()) >= 5 * KILLS
        assert {(got.key, got.title, got.body) for got in hook.got} == {
            (page.key, page.title, page.body) for page in pages
        }
        # A page comes again only where its sender was killed before it had noted the answer.
        repeats = counted.total() - len(counted)
        (waiting,) = pager.pending()
        assert KILLS // 2 <= repeats <= waiting.repeats <= KILLS
        assert waiting.pages == 0


def open_them(folder: Path, together: Barrier) -> None:
    """Open, or make, one memory after the other, at the same moment as others do."""
    for number in range(15):
        together.wait()
        try:
            Store(folder / f"{number}.sqlite")
        except UserError:
            together.abort()
            raise


def test_processes_that_are_the_first_at_once_make_one_memory(tmp_path: Path) -> None:
    together = FORKS.Barrier(4)
    openers = [FORKS.Process(target=open_them, args=(tmp_path, together)) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0] * 4


def test_processes_that_deliver_at_once_send_each_page_once(tmp_path: Path) -> None:
    store = tmp_path / "pages.sqlite"
    with http_receiver() as hook:
        hook.delay = 0.01
        with (
            process(store, hook.url, 0, 30) as one,
            process(store, hook.url, 0, 30) as other,
            process(store, hook.url, 15, 30) as third,
        ):
            for each in (one, other, third):
                each.join()
                assert each.exitcode == 0
        pager = Pager(store, destinations_from(hook.url))
        pager.deliver()
        assert len(pager.pages(100)) == 45
        assert keys(hook) == Counter({page.key: 1 for page in pager.pages(100)})
