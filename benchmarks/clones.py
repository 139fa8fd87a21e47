"""How many copies of modules are found, by what was done to them: made-up families of many wikis.

    python -m benchmarks.clones

Each copy was written on one wiki and carried to another: as it was, in another layout, with other
names and strings, or edited. Recall is how many of them are in the family of the module that they
were copied from; precision, how many of all modules of such a family are copies of it. Then copies
that are edited more and more, whose names are the same, or other ones.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table

from benchmarks.measure import machine, print_table
from module_assets.code.analysis import ANALYSED, analyse
from module_assets.code.references import ModuleNamespace
from module_assets.datasets.code import module_code, module_names, shape_sketches
from module_assets.reading.texts import as_text
from module_assets.sample.code import Voice, dice_of, make_code, written
from module_assets.sample.world import VERSIONS, Page, Planted, World, make_world, wikis_of
from module_assets.similarity.families import module_families, shape_families
from module_assets.similarity.shapes import FAMILY_ORDER, numbered, shape_bands, shapes
from module_assets.similarity.similar import alike, candidates
from resources.engine import DuckDBEngine
from resources.sources.names import with_capital

AIMS = {
    "exact": "1.000",
    "formatting": "1.000",
    "localised": "1.000",
    "edited-15": "0.950",
    "edited-30": "0.790",
}
"""What is to be found at least."""
CALLED = {
    "exact": "as it was",
    "formatting": "another layout",
    "localised": "renamed and translated",
    "edited-15": "the same, and 15 % of lines edited",
    "edited-30": "the same, and 30 % edited, of one name or item",
    "grown": "the same, and functions added",
    "version": "one of many versions, 12 % edited each",
}
STRENGTHS = (0.15, 0.3, 0.45, 0.6, 0.75)
"""Shares of lines that are edited."""
_AT_ONCE = 500
Module = tuple[str, int]
_KEY = {"wiki_db": pa.string(), "page_id": pa.int64()}
_USE = pa.schema({**_KEY, "transclusions": pa.int64()})
_TEXTS = pa.schema({**_KEY, "title": pa.string(), "text": pa.string(), "is_redirect": pa.bool_()})
_MODULES = pa.schema({**_KEY, "title": pa.string(), "is_draft": pa.bool_(), "item_id": pa.string()})


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wikis", type=int, default=40, help="(default: %(default)s)")
    parser.add_argument("--families", type=int, default=150, help="(default: %(default)s)")
    parser.add_argument("--versions", type=int, default=VERSIONS, help="of one more family")
    parser.add_argument("--edited", type=int, default=100, help="copies of each strength")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print(machine())
    world = make_world(options.wikis, options.families, options.seed, options.versions)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = found_in(world, Path(folder))
    seconds = time.perf_counter() - started
    print_table("Copies that are found", recall(world, found, CALLED))
    right, all_of_them = precision(world, found)
    print(
        f"\nprecision {right / all_of_them:.4f}: {right:,} of {all_of_them:,} modules of these "
        f"families are copies; {len(found):,} modules in {seconds:,.0f} s"
    )
    edited, called = edited_world(options.edited, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        found = found_in(edited, Path(folder))
    rows = [{**row, "aim": ""} for row in recall(edited, found, called)]
    print_table("Copies that are edited and renamed", rows)


def edited_world(count: int, seed: int) -> tuple[World, dict[str, str]]:
    """Make copies of each strength, with the same name and with another; say what each kind is."""
    here, there = wikis_of(2)
    world, called = World({here: [], there: []}), {}
    for share in STRENGTHS:
        for named in ("the same name", "another name"):
            kind = f"{share} {named}"
            called[kind] = f"renamed, {share:.0%} of lines edited, {named}"
            for number in range(count):
                dice = dice_of(seed, f"{kind} {number}")
                code, family = make_code(dice, dice.randint(2, 8)), len(world.planted) // 2
                title = f"Edited {family}"
                first = world.add(here, Page(title, written(code, Voice(here.script, 0))))
                text = written(code.edited(dice, share), Voice(there.script, 1, 1))
                other = title if named == "the same name" else f"Renamed {family}"
                copy = world.add(there, Page(other, text))
                world.planted.append(Planted(here.wiki_db, first, family, "first"))
                world.planted.append(Planted(there.wiki_db, copy, family, kind))
    return world, called


def found_in(world: World, folder: Path) -> dict[Module, str]:
    """Give the family that each module is found in."""
    engine = DuckDBEngine("2GB", folder / "spill")

    def kept(name: str, table: Table | pa.Table) -> Table:
        if isinstance(table, pa.Table):
            (folder / name).mkdir()
            pq.write_table(table, folder / name / "rows.parquet")
        else:
            engine.write(table, folder / name)
        return engine.read(sorted((folder / name).glob("*.parquet")))

    listed = list(_modules(world))
    modules = kept("modules", pa.Table.from_pylist(listed, _MODULES))
    unused = pa.Table.from_pylist([{**row, "transclusions": 0} for row in listed], _USE)
    use = kept("use", unused)
    namespaces = {
        wiki.wiki_db: ModuleNamespace((wiki.module, *wiki.aliases), not wiki.is_case_sensitive)
        for wiki in world.pages
    }
    batches = pa.Table.from_pylist(listed, _TEXTS).to_batches(_AT_ONCE)
    analysis = kept("analysis", pa.Table.from_batches(analyse(batches, namespaces), ANALYSED))
    code = kept("code", module_code(analysis))
    sketches = kept("sketches", shape_sketches(analysis))
    known = kept("shapes", shapes(code, modules, sketches))
    bands = kept("bands", shape_bands(known, sketches))
    names = kept("names", module_names(analysis))
    pairs = kept("pairs", alike(candidates(numbered(known), bands), known, names, modules))
    ordered = known.select(*(name for name, _ in FAMILY_ORDER)).to_pyarrow()
    centres = kept("centres", shape_families(ordered, pairs.to_pyarrow()))
    rows = engine.rows(module_families(code, modules, use, centres))
    engine.close()
    return {(row["wiki_db"], row["page_id"]): row["family_id"] for row in rows}


def _modules(world: World) -> Iterator[dict[str, Any]]:
    """Give all modules of all wikis, as they would be read."""
    for wiki, pages in world.pages.items():
        for page in pages:
            if page.model == "Scribunto" and not page.is_deleted:
                title = page.title.replace(" ", "_")
                yield {
                    "wiki_db": wiki.wiki_db,
                    "page_id": page.page_id,
                    "title": title if wiki.is_case_sensitive else with_capital(title),
                    "is_draft": title.endswith("/sandbox"),
                    "item_id": f"Q{page.item}" if page.item else None,
                    "text": as_text(page.text),
                    "is_redirect": page.is_redirect,
                }


def recall(
    world: World, found: dict[Module, str], called: dict[str, str]
) -> list[dict[str, object]]:
    """Count the copies of each kind, and those in the family of what they were copied from."""
    first = {
        each.family: found[each.wiki_db, each.page_id]
        for each in world.planted
        if each.kind == "first"
    }
    copies, there = Counter[str](), Counter[str]()
    for each in world.planted:
        if each.kind != "first":
            copies[each.kind] += 1
            there[each.kind] += found[each.wiki_db, each.page_id] == first[each.family]
    return [
        {
            "what was done": what,
            "copies": copies[kind],
            "found": there[kind],
            "recall": f"{there[kind] / copies[kind]:.3f}" if copies[kind] else "",
            "aim": AIMS.get(kind, ""),
        }
        for kind, what in called.items()
    ]


def precision(world: World, found: dict[Module, str]) -> tuple[int, int]:
    """Count the modules of the families that planted ones are found in, and those of them that were
    copied from the same as most; drafts, which were made of one of them, are left out.
    """
    planted = {(each.wiki_db, each.page_id): each.family for each in world.planted}
    drafts = {(row["wiki_db"], row["page_id"]) for row in _modules(world) if row["is_draft"]}
    members: dict[str, Counter[int | None]] = {}
    families = {found[module] for module in planted}
    for module, family_id in found.items():
        if family_id in families and module not in drafts:
            members.setdefault(family_id, Counter())[planted.get(module)] += 1
    right = sum(
        max(count for family, count in each.items() if family is not None)
        for each in members.values()
    )
    return right, sum(each.total() for each in members.values())


if __name__ == "__main__":
    main()
