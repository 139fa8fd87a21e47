"""Who is alive, and who ends with whom."""

import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection

from resources.processes import end_with_parent, is_alive


def test_a_process_is_alive_until_it_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_alive(child.pid)
    child.communicate()
    assert not is_alive(child.pid)
    assert is_alive(os.getppid())


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
