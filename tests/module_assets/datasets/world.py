"""Makes small worlds up, in which nearly everything is equal to something else: what is read of the
dumps, what was analysed, and which shapes are of one family.
"""

import datetime as dt
import random
from typing import Any

import pyarrow as pa

from module_assets.code.analysis import ANALYSED
from module_assets.similarity.families import SHAPE_FAMILIES
from tests.module_assets.datasets.reference import Row, Rows, World

DAY = dt.date(2026, 11, 2)
NOON = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)
YEAR = dt.timedelta(days=365)
TIMES = [
    *(None, NOON, NOON - MOMENT, NOON - YEAR, NOON - YEAR - MOMENT),
    *(NOON - dt.timedelta(days=each) for each in (3, 30, 1000)),
]
EXPIRIES = [
    *(None, "", "infinity", "infinite", "20261102000000", "20261102000001", "20261101235959"),
    *("2026-11-02 00:00:00", "2026-11-02 00:00:01", "20991231000000", "2020-01-01 00:00:00"),
]
HOSTS = [
    *("en.wikipedia.org", "de.wikipedia.org", "commons.wikimedia.org", "www.wikidata.org"),
    *("wikisource.org", "bg.wiktionary.org", "localhost"),
]
TITLES = [
    *("Family", "family", "Family_2", "Family/sandbox", "Family/SandBox/x", "Family_/doc"),
    *("Bac_à_Sable", "Тест/ПЕСОЧНИЦА", "User:Somebody/work", "user:other", "Users:x", "Sandboxes"),
    *("Family/User:x", "A//b", "Test", "Testing_1", "Ўзбек", "وحدة", "/"),
]
SOURCES = ("langlinks", "page_props", "page_restrictions", "history", "pageviews")
KINDS = ("require", "loadData", "loadJsonData", "mention")
INT, TEXT, FLAG = pa.int64(), pa.string(), pa.bool_()
MODULE = {"wiki_db": TEXT, "page_id": INT}
SCHEMAS: dict[str, pa.Schema] = {
    name: columns if isinstance(columns, pa.Schema) else pa.schema(list(columns.items()))
    for name, columns in {
        "wiki_sites": {"wiki_db": TEXT, "language": TEXT, "host": TEXT, "articles": INT}
        | {"names": pa.list_(TEXT), "is_first_letter": FLAG},
        "exported_modules": MODULE
        | {"title": TEXT, "revision_id": INT, "revised_at": pa.timestamp("us", "UTC")}
        | {"bytes": INT, "is_redirect": FLAG, "text": TEXT},
        "module_items": MODULE | {"item_id": TEXT},
        "module_transclusions": {"wiki_db": TEXT, "from_page": INT, "from_namespace": INT}
        | {"title": TEXT},
        "article_views": MODULE | {"views": INT},
        "known_sources": {"wiki_db": TEXT, "source": TEXT},
        "module_languages": MODULE | {"language": TEXT},
        "module_restrictions": MODULE | {"type": TEXT, "level": TEXT, "expiry": TEXT},
        "module_edits": MODULE
        | {"time": pa.timestamp("us", "UTC"), "is_minor": FLAG, "is_anonymous": FLAG}
        | {"editor": TEXT},
        "analysis": ANALYSED,
        "shape_families": SHAPE_FAMILIES,
    }.items()
}


def make_world(seed: int) -> World:
    """Make one; the same seed makes the same. Names have the seed in them, so that many worlds can
    be put together to a larger one."""
    dice = random.Random(seed)
    world: World = {name: [] for name in SCHEMAS}
    codes = _codes(dice, seed)
    for number in range(dice.randint(1, 4)):
        _add_wiki(world, f"w{seed}x{number}wiki", dice, codes)
    shapes = sorted({row["shape"] for row in world["analysis"] if row["kind"] in ("code", "data")})
    centres = [shape for shape in shapes if dice.random() < 0.5] or shapes[:1]
    for shape in shapes:
        centre = shape if shape in centres else dice.choice(centres)
        similarity = 1.0 if shape == centre else dice.choice([0.5, 0.75])
        row = {"shape": shape, "centre": centre, "similarity": similarity}
        world["shape_families"].append(row)
    for rows in world.values():
        dice.shuffle(rows)
    return world


def together(worlds: list[World]) -> World:
    return {name: [row for world in worlds for row in world[name]] for name in SCHEMAS}


def _codes(dice: random.Random, seed: int) -> Rows:
    """Columns of ANALYSED that hang together: texts of few codes of few shapes."""
    rows: Rows = []
    for shape in range(dice.randint(1, 5)):
        kind = dice.choice(["code", "code", "code", "data", "alias", "empty"])
        compared = kind in ("code", "data")
        of_shape = {
            "kind": kind,
            "functions": 0,
            "literal_share": 0.25,
            "compared_by": "text" if kind == "data" else "structure",
            "shingles": dice.choice([3, 40, 700]),
            "shape": f"shape {seed} {shape}",
            "is_broken": False,
            "sketch": [shape, 10 + shape] if compared else None,
            "band_keys": [7, shape] if compared else None,
        }
        for code in range(dice.randint(1, 3)):
            code_hash = f"code {seed} {shape} {code}"
            of_code = {"tokens": dice.choice([0, 40, 20_000]), "code_hash": code_hash}
            rows += [
                {**of_shape, **of_code, "text_hash": f"text {code_hash} {text}"}
                for text in range(dice.randint(1, 2))
            ]
    return rows


def _functions(dice: random.Random, wiki_db: str) -> Rows:
    seed = wiki_db.partition("x")[0]
    rows = []
    for ordinal in range(1, dice.choice([1, 1, 2, 4])):
        shape = dice.randint(0, 2)
        rows.append(
            {
                "ordinal": ordinal,
                "name": dice.choice(["", "main", "Main", "é"]),
                "line": 10 * ordinal,
                "tokens": 50 + shape,
                "code_hash": f"function {seed} {shape} {dice.randint(0, 1)}",
                "shape": f"function {seed} {shape}",
            }
        )
    return rows


def _add_wiki(world: World, wiki_db: str, dice: random.Random, codes: Rows) -> None:
    of_wiki = {"wiki_db": wiki_db}
    site = {
        "language": dice.choice(["en", "de"]),
        "host": dice.choice(HOSTS),
        "articles": dice.choice([None, 0, 3, 1000]),
        "names": ["Module"],
        "is_first_letter": dice.random() < 0.5,
    }
    world["wiki_sites"].append({**of_wiki, **site})
    titles = dice.sample(TITLES, dice.randint(0, 8))
    known = [source for source in SOURCES if dice.random() < 0.7]
    world["known_sources"] += [{**of_wiki, "source": source} for source in known]
    for page_id, title in enumerate(titles, dice.choice([1, 9])):
        _add_module(world, {**of_wiki, "page_id": page_id}, title, known, dice, codes)
    for _ in range(dice.choice([0, 5, 30])):
        page = dice.randint(1, 6)
        use = {"from_page": page, "from_namespace": 10 * (page % 2), "title": dice.choice(TITLES)}
        world["module_transclusions"].append({**of_wiki, **use})
    if "pageviews" in known:
        for _ in range(dice.choice([0, 9])):
            views = {"page_id": dice.randint(1, 8), "views": dice.choice([0, 1, 10**11])}
            world["article_views"].append({**of_wiki, **views})


def _add_module(
    world: World, module: Row, title: str, known: list[str], dice: random.Random, codes: Rows
) -> None:
    def some(most: int) -> range:
        return range(dice.randint(0, most))

    exported = {
        "title": title,
        "revision_id": dice.randint(1, 99),
        "revised_at": NOON,
        "bytes": 5,
        "is_redirect": dice.random() < 0.1,
        "text": "local",
    }
    world["exported_modules"].append({**module, **exported})
    if "page_props" in known and dice.random() < 0.5:
        world["module_items"].append({**module, "item_id": f"Q{dice.randint(1, 3)}"})
    references = {(dice.choice(KINDS), dice.choice(TITLES)) for _ in some(4)}
    analysed: dict[str, Any] = {
        **dice.choice(codes),
        "name": title,
        "own_functions": _functions(dice, module["wiki_db"]),
        "own_references": [{"kind": kind, "title": named} for kind, named in sorted(references)],
    }
    world["analysis"].append({**module, **analysed})
    if "langlinks" in known:
        languages = [{"language": dice.choice(["de", "bg"])} for _ in some(3)]
        world["module_languages"] += [{**module, **each} for each in languages]
    if "page_restrictions" in known:
        for _ in some(3):
            restriction = {
                "type": dice.choice(["edit", "move", "upload"]),
                "level": dice.choice(["sysop", "autoconfirmed", "templateeditor"]),
                "expiry": dice.choice(EXPIRIES),
            }
            world["module_restrictions"].append({**module, **restriction})
    if "history" in known:
        for _ in some(5):
            editor = dice.choice([None, "#1", "#2", "Name"])
            edit = {
                "time": dice.choice(TIMES),
                "is_minor": dice.random() < 0.5,
                "is_anonymous": editor is None,
                "editor": editor,
            }
            world["module_edits"].append({**module, **edit})
