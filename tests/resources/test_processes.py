"""Who is alive, and who ends with whom."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

import pytest

from resources.processes import Process, end_with_parent, is_alive


def test_a_process_is_alive_until_it_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_alive(child.pid)
    child.communicate()
    assert not is_alive(child.pid)
    assert is_alive(os.getppid())


def test_what_was_killed_and_not_asked_after_does_not_live_though_it_has_its_number() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    os.kill(child.pid, 0)
    assert not is_alive(child.pid)
    child.communicate()


def test_a_process_is_known_by_more_than_its_number() -> None:
    this = Process.this()
    assert Process.of(str(this)) == this
    assert this.lives() is True
    # After a restart another has its number: of a container, of the machine.
    assert replace(this, started=f"{int(this.started) - 1}").lives() is False
    assert replace(this, boot="before").lives() is False
    # A container of the same name has numbers of its own; whether it goes on can not be seen.
    assert replace(this, space="1").lives() is None
    assert replace(this, host="elsewhere").lives() is None


def test_a_process_of_which_only_the_number_is_known_began_before_it_was_seen() -> None:
    now = datetime.now(UTC)
    known = Process.of(f"{socket.gethostname()}:{os.getpid()}")
    assert known is not None
    assert known.lives() is True
    assert known.lives(now) is True
    assert known.lives(now - timedelta(days=1)) is False


@pytest.mark.parametrize("text", ["", "host", "host:", ":1", "host:x", "a:1:b", "a:1:b:c", "::::"])
def test_what_names_no_process_is_none(text: str) -> None:
    assert Process.of(text) is None


def _child(told: Connection) -> None:
    end_with_parent()
    told.send(os.getpid())
    signal.pause()


def _parent(told: Connection) -> None:
    multiprocessing.get_context("spawn").Process(target=_child, args=(told,)).start()
    signal.pause()


def test_a_process_ends_with_the_one_that_started_it_though_that_was_killed() -> None:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    parent = spawn.Process(target=_parent, args=(there,))
    parent.start()
    there.close()
    child = here.recv()
    assert is_alive(child)
    parent.kill()
    parent.join()
    # The pipe has its end when the last process that holds the other side is gone.
    try:
        here.recv()
    except EOFError:
        return
    raise AssertionError(f"the process {child} is still there")
