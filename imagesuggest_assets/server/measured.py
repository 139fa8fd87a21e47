"""What people's ratings measure so far, for pages: a table and a plot."""

import time
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any

from imagesuggest_assets.settings import Settings

LOOK_SECONDS = 10.0
"""For so long it is not measured again."""
Row = dict[str, Any]


class Measured:
    """What is rated on this machine, and what the lake knew before. For threads.

    What measures takes longer to import than a server to start, so it is not before it is asked.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._next_look = 0.0
        self._rows: list[Row] = []

    def cells(self) -> list[Row]:
        """Give what people read, a row of `measured_confidence` each, those of most worth first.
        Raises UserError or OSError.
        """
        from imagesuggest_assets.catalog.measured import confidence_cells

        return [confidence_cells(row) for row in self._looked()]

    def plot(self) -> bytes:
        """Give the shares with their intervals, as WebP; empty where there are none."""
        from imagesuggest_assets.catalog.measured import confidence_image, shares_drawn

        rows = self._looked()
        with self._lock:
            # Matplotlib is not for several threads at once.
            return confidence_image(rows) if shares_drawn(rows) else b""

    def _looked(self) -> list[Row]:
        from imagesuggest_assets.datasets.ratings import measured_now
        from imagesuggest_assets.rules import Rules
        from resources.lake import Lake

        with self._lock:
            if time.monotonic() >= self._next_look:
                rules = Rules.named(self._settings.rules)
                with closing(Lake(self._settings.lake, self._settings.scratch)) as lake:
                    self._rows, _ = measured_now(lake, Path(self._settings.judgements), rules)
                self._next_look = time.monotonic() + LOOK_SECONDS
            return self._rows
