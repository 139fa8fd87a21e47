"""A world of shapes that resemble each other more or less."""

import random
from typing import Any

import numpy as np
import pytest

from module_assets.code.sketches import band_keys
from tests.module_assets.reference import Shape


def grown(dice: random.Random, values: set[int], share: float, more: int = 0) -> set[int]:
    """Another set, in which a share of the shingles is new, and some are added."""
    kept = [value for value in sorted(values) if dice.random() >= share]
    new = len(values) - len(kept) + more
    return {*kept, *(dice.getrandbits(63) for _ in range(new))}


@pytest.fixture(scope="session")
def shapes() -> list[Shape]:
    """Sets of 40 to 1500 shingles and others around them, some of them in hot buckets."""
    dice = random.Random(7)
    sets: list[tuple[str, set[int]]] = [("structure", {1, 2, 3})]
    for size in (40, 100, 512, 513, 700, 1500):
        centre = {dice.getrandbits(63) for _ in range(size)}
        sets.append(("structure", centre))
        for more in (0, 1, size // 3):
            shares = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
            sets += [("structure", grown(dice, centre, share, more)) for share in shares]
        sets += [("text", grown(dice, centre, share)) for share in (0.0, 0.05, 0.15, 0.25)]
    made = []
    for number, (compared_by, values) in enumerate(sets):
        wikis = dice.choice([0, 1, 1, 2, 5])
        modules = wikis + dice.choice([0, 1]) if wikis else 0
        shape = f"{dice.getrandbits(40):010x}{number}"
        labels = {f"Name_{dice.randint(0, 12)}", f"Q{dice.randint(1, 12)}"}
        # Tested by themselves, to the bit; in plain Python they would take half a minute here.
        keys = band_keys(np.array(sorted(values), np.uint64)).tolist()
        made.append(Shape(shape, compared_by, values, wikis, modules, keys, labels))
    return made


@pytest.fixture(scope="session")
def members(shapes: list[Shape]) -> list[dict[str, Any]]:
    """Modules of these shapes: a draft of each, and one on each wiki, the rest on the last."""
    rows: list[dict[str, Any]] = []
    for each in shapes:
        name, item = sorted(each.labels)
        places = [("draftwiki", True, name, item)]
        places += [
            (f"wiki{min(number, each.wikis - 1)}", False, name, item)
            for number in range(each.modules)
        ]
        for wiki_db, is_draft, name, item in places:
            of_module = {"wiki_db": wiki_db, "page_id": len(rows) + 1, "is_draft": is_draft}
            row = {**of_module, "shape": each.shape, "name": name, "item_id": item}
            rows.append(row)
    return rows
