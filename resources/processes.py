"""Whether processes live, and processes that end with the one that started them."""

import multiprocessing
import os
import threading


def is_alive(process: int) -> bool:
    """Tell whether there is a process of this number, whoever's it is."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_with_parent() -> None:
    """Let this process end when the one that started it is gone: kill -9 of that says nothing here.

    For the first lines of a process that multiprocessing has started; elsewhere it does nothing.
    """
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
