"""What answers come from may be out of reach. Whoever reads the log is told once, and when it is
back; whoever asks meanwhile is told each time.
"""

from logging import Logger

from resources.errors import NothingThereError
from resources.web.problems import OutOfReachError


class Reach:
    """Which things do not answer now, told by their names: `the lake`."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._away: set[str] = set()

    def away(self, what: str, error: Exception) -> OutOfReachError:
        """Note that something does not answer; give what is to be raised."""
        if what not in self._away:
            self._away.add(what)
            self._log.error("%s does not answer: %s", what, error)
        if isinstance(error, NothingThereError):
            return OutOfReachError(f"{what} does not answer: {error.why}")
        return OutOfReachError(
            f"{what} does not answer, or not as expected; try again in some seconds, and tell "
            "whoever runs this service if that lasts"
        )

    def back(self, what: str) -> None:
        """Note that something answers."""
        if what in self._away:
            self._away.discard(what)
            self._log.warning("%s answers again", what)
