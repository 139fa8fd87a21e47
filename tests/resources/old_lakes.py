"""Lakes of the layout of before partitions had versions."""

import json
import shutil
from pathlib import Path

from resources.versions import CURRENT, OLD_STATISTICS


def make_old(lake: Path) -> None:
    """Give all partitions of a lake the layout of before."""
    for place in lake.glob(f"*/snapshot=*/{CURRENT}"):
        current = json.loads(place.read_text())
        for file in (place.parent / current["version"]).iterdir():
            file.rename(place.parent / file.name)
        (place.parent / OLD_STATISTICS).write_text(json.dumps(current["statistics"]))
        place.unlink()
        for each in place.parent.iterdir():
            if each.is_dir():
                shutil.rmtree(each)
