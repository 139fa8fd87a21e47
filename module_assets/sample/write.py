"""Makes a sample of modules: the folder, and the files that are of all wikis or of other years."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from itertools import cycle, islice
from pathlib import Path

from module_assets.sample.code import dice_of
from module_assets.sample.export import LAYOUTS, ExportWriter, put
from module_assets.sample.tables import SCHEMAS, TableWriter
from module_assets.sample.world import ARTICLES, VERSIONS, Page, Wiki, make_world
from resources.errors import InputError
from resources.sample.papers import write_status
from resources.sample.sql import DumpFile, GzipFile
from resources.sample.write import MARK, clear
from resources.sources.history import LAYOUTS as HISTORY_LAYOUTS
from resources.sources.pageviews import name_of

DAY, MONTH = date(2026, 11, 2), "2026-10"
_RANGES = (("all-time",), ("2025", "2026"), ("2026-09", "2026-10"))
_PEOPLE = ("Ana", "Борис", "Chloé", "192.0.2.7", "~2026-1")
"""Three who are registered, one by their address, and one with a temporary name."""


def make_modules(
    folder: Path, wikis: int = 4, families: int = 20, seed: int = 1, versions: int = VERSIONS
) -> None:
    """Write made-up wikis with modules into a new folder, in the layout of the public dumps.

    Each wiki has another layout of its export, schema of its tables and width of its history. The
    same arguments give the same files, byte by byte; sample.json says what was planted. An older
    sample in the folder is replaced. Raises InputError when the folder holds anything else, or
    cannot be written, and for no wiki at all.
    """
    if wikis < 1 or families < 0:
        raise InputError(folder, f"{wikis} wikis, {families} families: at least 1 wiki is needed")
    try:
        clear(folder)
        _write(folder, wikis, families, seed, versions)
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}"
        raise InputError(error.filename or folder, problem) from error


def _write(folder: Path, wikis: int, families: int, seed: int, versions: int) -> None:
    world = make_world(wikis, families, seed, versions)
    for number, (wiki, pages) in enumerate(world.pages.items()):
        dice = dice_of(seed, f"tables {number}")
        place = folder / wiki.wiki_db / f"{DAY:%Y%m%d}"
        files = ExportWriter(folder, wiki, pages, DAY).write(LAYOUTS[number % len(LAYOUTS)])
        tables = TableWriter(place, wiki, pages, DAY, dice)
        files += tables.write(SCHEMAS[number % len(SCHEMAS)], languages=number % 4 != 3)
        files.append(_namespaces(place, wiki))
        write_status(place, wiki.wiki_db, DAY, files)
        _history(folder, wiki, pages, number, dice)
    _pageviews(folder, list(world.pages), dice_of(seed, "pageviews"))
    planted = [asdict(each) for each in world.planted]
    told = {"made_up": True, "wikis": wikis, "families": families, "seed": seed}
    text = json.dumps({**told, "planted": planted}, indent=1, ensure_ascii=False)
    (folder / MARK).write_text(f"{text}\n", encoding="utf-8")


def _namespaces(place: Path, wiki: Wiki) -> DumpFile:
    modules = {"id": 828, "case": wiki.case, "canonical": "Module", "*": wiki.module}
    told = {
        "namespaces": {"0": {"id": 0, "*": ""}, "828": modules},
        "namespacealiases": [{"id": 828, "*": alias} for alias in wiki.aliases],
    }
    name = f"{wiki.wiki_db}-{DAY:%Y%m%d}-siteinfo-namespaces.json.gz"
    with GzipFile(place / name) as file:
        file.write(json.dumps({"query": told}, ensure_ascii=False).encode())
        return file.finish()


def _history(
    folder: Path, wiki: Wiki, pages: Sequence[Page], number: int, dice: random.Random
) -> None:
    """Edits of modules, in one of the widths; the newest month's files are one, or by year or
    month.
    """
    columns = HISTORY_LAYOUTS[sorted(HISTORY_LAYOUTS)[-1 - number % len(HISTORY_LAYOUTS)]]
    place = folder / "other/mediawiki_history" / MONTH / wiki.wiki_db
    ranges = _RANGES[number % len(_RANGES)]
    rows: dict[str, list[str]] = {name: [] for name in ranges}
    for name, page in zip(cycle(ranges), _edited(pages, dice), strict=False):
        told = _edit(wiki, page, "2025" if name == "2025" else "2026", dice)
        rows[name].append("\t".join(told.get(column, "") for column in columns))
    for name, lines in rows.items():
        text = "".join(f"{line}\n" for line in lines)
        put(place / f"{MONTH}.{wiki.wiki_db}.{name}.tsv.bz2", text.encode())


def _edited(pages: Sequence[Page], dice: random.Random) -> list[Page]:
    return [page for page in pages for _ in range(1 + int(9 * dice.random() ** 4))]


def _edit(wiki: Wiki, page: Page, year: str, dice: random.Random) -> dict[str, str]:
    who = dice.randrange(len(_PEOPLE))
    is_ip, is_temporary = who == 3, who == 4
    # A page that was moved here, one that was moved away, and one that was deleted.
    fate = dice.randrange(20)
    return {
        "wiki_db": wiki.wiki_db,
        "event_entity": "revision",
        "event_type": "create",
        "event_timestamp": f"{year}-09-{1 + dice.randrange(28):02} 03:04:05.0",
        "event_comment": r"fixed\ta\nbug",
        "event_user_id": "" if is_ip else str(100 + who),
        "event_user_text": _PEOPLE[who],
        "event_user_text_historical": _PEOPLE[who],
        "event_user_is_anonymous": str(is_ip).lower(),
        "event_user_is_temporary": str(is_temporary).lower(),
        "event_user_is_permanent": str(not is_ip and not is_temporary).lower(),
        "page_id": str(page.page_id),
        "page_title": page.title.replace(" ", "_"),
        "page_namespace_historical": "2" if fate == 0 else "828",
        "page_namespace": "2" if fate == 1 else "828",
        "revision_id": str(page.page_id * 10),
        "revision_minor_edit": str(dice.random() < 0.3).lower(),
        "revision_is_deleted_by_page_deletion": str(fate == 2).lower(),
    }


def _pageviews(folder: Path, wikis: Sequence[Wiki], dice: random.Random) -> None:
    """Views of articles, and of one wiki that nobody asks for; rows of every odd form."""
    lines = []
    for name in sorted([*(name_of(wiki.host) for wiki in wikis), "xx.wikipedia"]):
        for number in range(1, ARTICLES + 1):
            title = f'"An \\"odd\\" article {number}"' if number % 9 == 0 else f"Article:_{number}"
            for access in islice(("desktop", "mobile-web", "mobile-app"), 1 + number % 3):
                views = int(10 ** (5 * dice.random()))
                lines.append(f"{name} {title} {number} {access} {views} A{views}\n")
        lines += [f"{name} Gone null desktop 7 B7\n", f"{name} 1984 desktop 5 C5\n"]
    place = folder / "other/pageview_complete/monthly" / MONTH[:4] / MONTH
    put(place / f"pageviews-{MONTH.replace('-', '')}-user.bz2", "".join(lines).encode())
