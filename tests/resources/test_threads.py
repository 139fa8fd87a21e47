"""Things that are done beside each other: all of them, or until the first error."""

import time
from collections.abc import Callable
from threading import Barrier, Event

import pytest

from resources.errors import StoppedError
from resources.threads import Threads


def test_leaving_waits_for_all_that_was_to_be_done() -> None:
    done: list[int] = []
    with Threads(2) as threads:
        for number in range(5):
            threads.do(done.append, number)
    assert sorted(done) == [*range(5)]


def test_as_many_are_done_beside_each_other_as_there_are_threads() -> None:
    # Nobody passes before all three are there.
    together = Barrier(3, timeout=30)
    with Threads(3) as threads:
        for _ in range(3):
            threads.do(together.wait)


class Long:
    """Something that goes on until it is told that there is no use in it."""

    def __init__(self) -> None:
        self.begun, self.ended = Event(), Event()

    def __call__(self, threads: Threads) -> None:
        """Go on."""
        self.begun.set()
        try:
            while True:
                threads.go_on()
                time.sleep(0.01)
        except StoppedError:
            self.ended.set()
            raise


def fail() -> None:
    """Do something that goes wrong."""
    raise ValueError("the server is gone")


def beside(number: int, *functions: Callable[[Threads], None]) -> None:
    """Let some threads do something."""
    with Threads(number) as threads:
        for each in functions:
            threads.do(each, threads)


def test_an_error_is_raised_and_ends_what_goes_on() -> None:
    long = Long()

    def failing(_: Threads) -> None:
        assert long.begun.wait(30)
        fail()

    with pytest.raises(ValueError, match="the server is gone"):
        beside(2, long, failing)
    assert long.ended.is_set()


def test_the_next_thing_to_do_raises_what_was_an_error_before() -> None:
    given = 0

    def give_out() -> None:
        nonlocal given
        with Threads(1) as threads:
            while True:
                given += 1
                threads.do(fail)
                time.sleep(0.01)

    with pytest.raises(ValueError, match="the server is gone"):
        give_out()
    assert given > 1


def test_an_error_of_whoever_gives_out_work_ends_it_too() -> None:
    long = Long()

    def give_out() -> None:
        with Threads(1) as threads:
            threads.do(long, threads)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_out()
    assert long.ended.is_set() or not long.begun.is_set()
