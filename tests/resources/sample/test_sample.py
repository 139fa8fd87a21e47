"""The made-up Wikimedia: its layout, its traps, its shares, and that a seed decides every byte.

The dumps are read here by a slow tokenizer of regular expressions, which shares no code with the
product's readers.
"""

import gzip
import hashlib
import json
import math
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.errors import InputError
from resources.sample import SampleSummary, make_sample
from resources.sample.columns import texts
from resources.sample.names import LANGUAGES
from resources.sample.sql import SqlFile
from resources.sample.subjects import EXCLUDED_VARIANTS
from resources.sample.tables import LINKTARGET

DAY = "20261102"
WIKI_TABLES = ("page", "page_props", "pagelinks", "linktarget", "imagelinks", "image")
COMMONS_TABLES = ("page", "categorylinks", "linktarget", "image", "category", "redirect")
EXCLUDED = {13406463, 4167410, *(n for variant in EXCLUDED_VARIANTS.values() for n in variant)}

VALUE = re.compile(rb"'((?:[^'\\]|\\.)*)'|(NULL)|([-+.\w]+)", re.S)
ESCAPES = {b"n": b"\n", b"r": b"\r", b"0": b"\0", b"Z": b"\x1a"}
Row = dict[str, bytes | None]


def dump_text(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def read_table(path: Path) -> list[Row]:
    """All rows of a dump, a value an SQL literal without its quotes and escapes, NULL as None."""
    text = dump_text(path)
    columns = [name.decode() for name in re.findall(rb"^  `(\w+)` ", text, re.M)]
    return [
        dict(zip(columns, row, strict=True))
        for line in text.split(b"\n")
        if line.startswith(b"INSERT INTO ")
        for row in _rows(line)
    ]


def _rows(line: bytes) -> Iterator[list[bytes | None]]:
    place = line.index(b" VALUES ") + len(b" VALUES ")
    while True:
        assert line[place : place + 1] == b"("
        row: list[bytes | None] = []
        while line[place : place + 1] in (b"(", b","):
            value = VALUE.match(line, place + 1)
            assert value, line[place : place + 80]
            row.append(_value(value))
            place = value.end()
        assert line[place : place + 1] == b")"
        yield row
        if line[place + 1 :] == b";":
            return
        assert line[place + 1 : place + 2] == b","
        place += 2


def _value(found: re.Match[bytes]) -> bytes | None:
    if found[2]:
        return None
    if found[3]:
        return found[3]
    return re.sub(rb"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), found[1], flags=re.S)


def entity_lines(folder: Path) -> list[str]:
    (path,) = folder.glob("**/*.json.gz")
    first, *lines, last = dump_text(path).decode().split("\n")[:-1]
    assert (first, last) == ("\ufeff[", "]")
    assert all(line.endswith("},") or line in ("", ",") for line in lines[:-1])
    assert lines[-1].endswith("}")
    return lines


def read_entities(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line.rstrip(",")) for line in entity_lines(folder) if line.strip(",")]


def understood(entity: dict[str, Any]) -> bool:
    """Whether it is an entity with statements as they should be."""
    groups = (entity.get("claims") or {}) if "type" in entity else None
    return (
        groups is not None
        and (entity["type"] != "item" or entity["id"].startswith("Q"))
        and all(isinstance(group, list) for group in groups.values())
        and all("mainsnak" in statement for group in groups.values() for statement in group)
        and not any(
            snak["datavalue"]["value"] == "Q5"
            for snak in mainsnaks(groups, "P31")
            if snak["snaktype"] == "value"
        )
    )


def name(text: bytes | str | None) -> str:
    """A file name or title in one form."""
    assert text is not None
    plain = text.decode() if isinstance(text, bytes) else text
    plain = unicodedata.normalize("NFC", re.sub("[\u200e\u200f\u202a-\u202e]", "", plain))
    plain = re.sub("[_ \u00a0]+", "_", plain).strip("_")
    plain = re.sub("^(file|category):_*", "", plain, flags=re.IGNORECASE)
    capital = plain[:1].upper()
    # Wikimedia has no capitals for Georgian, and none of two letters for one.
    if len(capital) != 1 or "GEORGIAN" in unicodedata.name(plain[:1], ""):
        return plain
    return capital + plain[1:]


class Reading:
    """A sample, each table read once."""

    def __init__(self, folder: Path, summary: SampleSummary, day: str = DAY) -> None:
        self.folder, self.summary, self.day = folder, summary, day
        self._tables: dict[tuple[str, str], list[Row]] = {}

    def path(self, wiki: str, table: str) -> Path:
        return self.folder / wiki / self.day / f"{wiki}-{self.day}-{table}.sql.gz"

    def table(self, wiki: str, table: str) -> list[Row]:
        if (wiki, table) not in self._tables:
            self._tables[wiki, table] = read_table(self.path(wiki, table))
        return self._tables[wiki, table]

    def paths(self) -> list[tuple[str, str]]:
        """(wiki, table) of all tables."""
        wanted = [(wiki, table) for wiki in self.summary.wikis for table in WIKI_TABLES]
        return wanted + [("commonswiki", table) for table in COMMONS_TABLES]

    def lines(self) -> list[dict[str, Any]]:
        return read_entities(self.folder / "other/wikibase/wikidatawiki")

    def items(self) -> list[dict[str, Any]]:
        return [entity for entity in self.lines() if understood(entity)]

    def media(self) -> list[dict[str, Any]]:
        return read_entities(self.folder / "other/wikibase/commonswiki")

    def articles(self, wiki: str) -> dict[int, str]:
        return {
            int(row["page_id"] or 0): name(row["page_title"])
            for row in self.table(wiki, "page")
            if row["page_namespace"] == b"0" and row["page_is_redirect"] == b"0"
        }

    def props(self, wiki: str, prop: bytes) -> dict[int, bytes]:
        return {
            int(row["pp_page"] or 0): row["pp_value"] or b""
            for row in self.table(wiki, "page_props")
            if row["pp_propname"] == prop
        }

    def commons_files(self) -> dict[str, int]:
        return {
            name(row["page_title"]): int(row["page_id"] or 0)
            for row in self.table("commonswiki", "page")
            if row["page_namespace"] == b"6" and row["page_is_redirect"] == b"0"
        }

    def targets(self, wiki: str) -> dict[int, tuple[int, str]]:
        return {
            int(row["lt_id"] or 0): (int(row["lt_namespace"] or 0), name(row["lt_title"]))
            for row in self.table(wiki, "linktarget")
        }

    def files_on_articles(self, wiki: str) -> dict[int, set[str]]:
        """Names of the files on each article, by target id where there is one."""
        targets, used = self.targets(wiki), defaultdict(set)
        articles = self.articles(wiki)
        for row in self.table(wiki, "imagelinks"):
            page = int(row["il_from"] or 0)
            if page not in articles:
                continue
            if "il_target_id" not in row:
                used[page].add(name(row["il_to"]))
            elif int(row["il_target_id"] or 0) in targets:
                used[page].add(targets[int(row["il_target_id"] or 0)][1])
        return used


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = tmp_path_factory.mktemp("sample") / "dumps"
    return Reading(folder, make_sample(folder))


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> list[Reading]:
    folder = tmp_path_factory.mktemp("weeks") / "dumps"
    summary = make_sample(folder, articles=1500, snapshots=4)
    return [Reading(folder, summary, day.replace("-", "")) for day in summary.snapshots]


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha1(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# The same arguments, the same bytes


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    make_sample(tmp_path / "here", articles=200, snapshots=2, seed=7)
    program = (
        "import sys, pathlib; from resources.sample import make_sample; "
        "make_sample(pathlib.Path(sys.argv[1]), articles=200, snapshots=2, seed=7)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "there"], check=True)
    assert content(tmp_path / "here") == content(tmp_path / "there")


def test_another_seed_gives_other_bytes_in_every_dump(tmp_path: Path) -> None:
    make_sample(tmp_path / "a", articles=200, seed=1)
    make_sample(tmp_path / "b", articles=200, seed=2)
    first, second = content(tmp_path / "a"), content(tmp_path / "b")
    same = {path for path in first if first[path] == second.get(path)}
    # kawiki has no files of its own, whatever the seed.
    assert same == {f"kawiki/{DAY}/kawiki-{DAY}-image.sql.gz"}


def test_no_gzip_header_carries_a_name_or_a_time(sample: Reading) -> None:
    for path in sample.folder.rglob("*.gz"):
        header = path.read_bytes()[:8]
        assert header == b"\x1f\x8b\x08\x00\x00\x00\x00\x00", path


# Layout


def test_every_file_of_the_layout_is_there(sample: Reading) -> None:
    for wiki, table in sample.paths():
        assert sample.path(wiki, table).is_file()
    assert len(sample.lines()) == sample.summary.items
    assert len(sample.media()) > 1000
    assert list((sample.folder / "event/mediawiki_image_suggestions_feedback").glob("*.json.gz"))


def test_the_dump_status_names_each_file_with_its_true_size_and_sums(sample: Reading) -> None:
    for wiki in (*sample.summary.wikis, "commonswiki"):
        folder = sample.folder / wiki / DAY
        jobs = json.loads((folder / "dumpstatus.json").read_text())["jobs"]
        files = {n: entry for job in jobs.values() for n, entry in job.get("files", {}).items()}
        assert set(files) == {path.name for path in folder.glob("*.sql.gz")}
        assert {job["status"] for job in jobs.values()} == {"done"}
        for file, entry in files.items():
            raw = (folder / file).read_bytes()
            assert entry["size"] == len(raw)
            assert entry["sha1"] == hashlib.sha1(raw).hexdigest()
            assert entry["md5"] == hashlib.md5(raw).hexdigest()
            assert entry["url"] == f"/{wiki}/{DAY}/{file}"
        listed = (folder / f"{wiki}-{DAY}-sha1sums.txt").read_text().split()
        assert dict(zip(listed[1::2], listed[::2], strict=True)) == {
            file: entry["sha1"] for file, entry in files.items()
        }


def test_the_jobs_of_the_dump_status_are_those_of_the_public_dumps(sample: Reading) -> None:
    jobs = json.loads((sample.folder / "ptwiki" / DAY / "dumpstatus.json").read_text())["jobs"]
    tables = ["page", "pageprops", "pagelinks", "linktarget", "imagelinks", "image"]
    assert {f"{table}table" for table in tables} <= set(jobs)


def test_the_summary_counts_what_was_written(sample: Reading) -> None:
    summary = sample.summary
    links = [len(sample.table(wiki, "pagelinks")) for wiki in summary.wikis]
    images = [len(sample.table(wiki, "imagelinks")) for wiki in summary.wikis]
    assert (summary.page_links, summary.image_links) == (sum(links), sum(images))
    assert sum(len(sample.articles(wiki)) for wiki in summary.wikis) == 2000
    assert summary.commons_files == len(sample.commons_files())
    dumps = list(sample.folder.rglob("*.gz"))
    assert (summary.files, summary.bytes) == (len(dumps), sum(p.stat().st_size for p in dumps))


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    shares: list[float] = []
    make_sample(tmp_path / "s", articles=20, on_progress=lambda _, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


# Tables are sound


def test_keys_of_every_table_are_distinct(sample: Reading) -> None:
    keys = {
        "page": ("page_id",),
        "page_props": ("pp_page", "pp_propname"),
        "linktarget": ("lt_id",),
        "image": ("img_name",),
        "category": ("cat_title",),
        "redirect": ("rd_from",),
    }
    for wiki, table in sample.paths():
        rows = sample.table(wiki, table)
        if table in keys:
            key = keys[table]
        else:
            prefix = {"pagelinks": "pl", "imagelinks": "il", "categorylinks": "cl"}[table]
            ends = ("from", "target_id") if rows and f"{prefix}_target_id" in rows[0] else ()
            key = tuple(f"{prefix}_{end}" for end in ends) or tuple(
                column for column in rows[0] if not column.endswith("from_namespace")
            )
        counts = Counter(tuple(row[column] for column in key) for row in rows)
        assert counts.total() == len(counts), (wiki, table)


def test_titles_are_distinct_in_their_namespace_and_in_the_form_of_mediawiki(
    sample: Reading,
) -> None:
    for wiki in (*sample.summary.wikis, "commonswiki"):
        rows = sample.table(wiki, "page")
        titles = [(row["page_namespace"], row["page_title"]) for row in rows]
        assert len(titles) == len(set(titles))
        for _, title in titles:
            assert title is not None
            assert name(title).encode() == title
            assert len(title) <= 255


def test_every_pages_properties_and_links_are_of_pages_there_are(sample: Reading) -> None:
    for wiki in sample.summary.wikis:
        pages = {row["page_id"]: row["page_namespace"] for row in sample.table(wiki, "page")}
        assert {row["pp_page"] for row in sample.table(wiki, "page_props")} <= set(pages)
        for table, prefix in (("pagelinks", "pl"), ("imagelinks", "il")):
            for row in sample.table(wiki, table):
                assert pages[row[f"{prefix}_from"]] == row[f"{prefix}_from_namespace"]


def test_links_without_target_occur_and_stay_under_one_percent(sample: Reading) -> None:
    lost = []
    links = [(w, t) for w in sample.summary.wikis for t in ("pagelinks", "imagelinks")]
    for wiki, table in [*links, ("commonswiki", "categorylinks")]:
        ids = sample.targets(wiki).keys()
        rows = sample.table(wiki, table)
        column = {"pagelinks": "pl", "imagelinks": "il", "categorylinks": "cl"}[table]
        if f"{column}_target_id" in rows[0]:
            missing = sum(int(row[f"{column}_target_id"] or 0) not in ids for row in rows)
            lost.append(missing / len(rows))
    assert len(lost) == 5
    assert all(0 < share < 0.005 for share in lost)


# Schemas


def test_three_wikis_have_the_new_the_mixed_and_the_old_link_schema(sample: Reading) -> None:
    for table, title in (("pagelinks", "pl_title"), ("imagelinks", "il_to")):
        target = f"{title[:2]}_target_id"
        columns = [set(sample.table(wiki, table)[0]) for wiki in sample.summary.wikis]
        assert [(title in c, target in c) for c in columns] == [
            (False, True),
            (True, True),
            (True, False),
        ]


def test_mixed_rows_lack_some_titles_and_a_few_contradict_the_target_id(sample: Reading) -> None:
    targets = sample.targets("arwiki")
    rows = sample.table("arwiki", "pagelinks")
    absent = sum(row["pl_title"] is None for row in rows)
    assert 0.2 < absent / len(rows) < 0.4
    told = [(row["pl_title"], targets.get(int(row["pl_target_id"] or 0))) for row in rows]
    other = [1 for title, target in told if title and target and name(title) != target[1]]
    assert 0 < len(other) < 0.01 * len(rows)


def test_commons_has_its_category_links_in_each_schema(tmp_path: Path) -> None:
    seen: dict[str, Any] = {}
    for schema in ("new", "mixed", "old"):
        folder = tmp_path / schema
        summary = make_sample(folder, articles=100, wikis=1, commons_schema=schema)
        reading = Reading(folder, summary)
        targets = reading.targets("commonswiki")
        assert bool(targets) == (schema != "old")
        seen[schema] = Counter(
            (row["cl_from"], targets[int(row["cl_target_id"] or 0)][1])
            if schema != "old"
            else (row["cl_from"], name(row["cl_to"]))
            for row in reading.table("commonswiki", "categorylinks")
            if schema == "old" or int(row["cl_target_id"] or 0) in targets
        )
    assert seen["new"] == seen["mixed"]
    assert seen["new"] <= seen["old"]


def test_column_order_differs_between_wikis(sample: Reading) -> None:
    orders = {tuple(sample.table(wiki, "page")[0]) for wiki in sample.summary.wikis}
    assert len(orders) == 3
    assert len({frozenset(order) for order in orders}) == 1


# Traps of the dump format


@pytest.mark.parametrize(
    ("wiki", "table", "raw"),
    [
        ("kawiki", "pagelinks", rb"'A),(B'"),
        ("kawiki", "pagelinks", rb"'\'),(NULL,0,\''"),
        ("kawiki", "pagelinks", rb"'NULL'"),
        ("arwiki", "pagelinks", rb"NULL"),
        ("ptwiki", "page", rb"Ends_with_backslash\\'"),
        ("ptwiki", "page", rb"\"Heroes\""),
        ("ptwiki", "linktarget", rb",0,'')"),
        ("ptwiki", "page_props", b"\x1f\x8b\x08"),
        ("ptwiki", "page_props", rb"\0"),
        ("ptwiki", "page_props", rb"\Z"),
        ("ptwiki", "page_props", rb",NULL)"),
        ("ptwiki", "page_props", rb",-10)"),
        ("commonswiki", "image", rb"\n\'it\'s\\\r\Z"),
        ("commonswiki", "image", rb",NULL,"),
        ("commonswiki", "page", rb"'A),(B.jpg'"),
        ("commonswiki", "category", rb"\"quoted\""),
        ("commonswiki", "categorylinks", rb"SORT KEY\nsort key"),
    ],
)
def test_a_trap_of_the_sql_format_is_in_the_raw_bytes(
    sample: Reading, wiki: str, table: str, raw: bytes
) -> None:
    assert raw in dump_text(sample.path(wiki, table))


def test_some_values_are_not_utf8(sample: Reading) -> None:
    for wiki, table in (("ptwiki", "page_props"), ("commonswiki", "categorylinks")):
        with pytest.raises(UnicodeDecodeError):
            dump_text(sample.path(wiki, table)).decode()


def test_no_raw_line_break_is_inside_a_row(sample: Reading) -> None:
    for wiki, table in sample.paths():
        for line in dump_text(sample.path(wiki, table)).split(b"\n"):
            if b"INSERT INTO" in line[:20]:
                assert line.endswith(b");")
            else:
                assert not line.startswith(b"(")


def test_a_table_without_rows_has_no_insert_line(sample: Reading) -> None:
    assert sample.table("kawiki", "image") == []
    assert b"INSERT INTO" not in dump_text(sample.path("kawiki", "image"))
    assert len(sample.table("ptwiki", "image")) > 10


def test_a_large_table_has_one_line_above_ten_megabytes_and_all_its_rows(tmp_path: Path) -> None:
    row = b"(1,0,'" + b"x" * 9_990 + b"'),"
    with SqlFile(tmp_path / "big.sql.gz", "bigwiki", LINKTARGET, date(2026, 11, 2)) as file:
        for _ in range(6):
            file.add_rows(texts([row] * 1_000))
        assert file.finish().rows == 6_000
    lines = [
        line for line in dump_text(tmp_path / "big.sql.gz").split(b"\n") if b" VALUES " in line
    ]
    sizes = [len(line) for line in lines]
    assert sum(line.count(b"(1,0,") for line in lines) == 6_000
    assert sum(size > 10_000_000 for size in sizes) == 1
    assert sorted(sizes)[len(sizes) // 2] < 1_100_000


def test_an_empty_link_target_is_linked(sample: Reading) -> None:
    (empty,) = [key for key, (_, title) in sample.targets("ptwiki").items() if title == ""]
    assert any(row["pl_target_id"] == b"%d" % empty for row in sample.table("ptwiki", "pagelinks"))
    assert any(row["pl_title"] == b"" for row in sample.table("kawiki", "pagelinks"))


def test_entity_dumps_have_lines_that_are_no_entities_or_are_not_understood(
    sample: Reading,
) -> None:
    lines = entity_lines(sample.folder / "other/wikibase/wikidatawiki")
    assert {"", ","} <= set(lines)
    others = [entity for entity in sample.lines() if not understood(entity)]
    redirects = [set(entity) for entity in others if "type" not in entity]
    assert redirects == [{"entity", "redirect"}] * 3
    # As many as never stop a run.
    assert 0 < len(others) - len(redirects) <= 10


def test_classes_have_superclasses_some_excluded_and_some_in_circles(sample: Reading) -> None:
    above = {
        entity["id"]: {snak["datavalue"]["value"]["id"] for snak in snaks}
        for entity in sample.items()
        if (snaks := mainsnaks(entity["claims"], "P279"))
    }
    assert above["Q22808320"] == {"Q4167410"}
    assert above["Q66480449"] == {"Q22808320"}
    assert any(each in classes for each, classes in above.items())
    classes = {
        snak["datavalue"]["value"]["numeric-id"]
        for entity in sample.items()
        for snak in mainsnaks(entity["claims"], "P31")
        if snak["snaktype"] == "value"
    }
    assert {22808320, 66480449} <= classes


def test_names_are_typed_in_many_ways(sample: Reading) -> None:
    typed = {
        snak["datavalue"]["value"]
        for entity in sample.items()
        for property_ in ("P18", "P373")
        for snak in mainsnaks(entity["claims"], property_)
        if snak["snaktype"] == "value"
    }
    for odd in ("\u200e", "\u00a0", " _", "File:", "category: "):
        assert any(odd in each for each in typed), odd


def test_old_names_of_files_redirect_and_are_used_and_hidden(sample: Reading) -> None:
    pages = {row["page_id"]: row for row in sample.table("commonswiki", "page")}
    redirects = sample.table("commonswiki", "redirect")
    assert all(pages[row["rd_from"]]["page_is_redirect"] == b"1" for row in redirects)
    targets = {
        name(pages[row["rd_from"]]["page_title"]): name(row["rd_title"])
        for row in redirects
        if pages[row["rd_from"]]["page_namespace"] == row["rd_namespace"] == b"6"
        and row["rd_interwiki"] in (None, b"")
    }
    assert targets.keys() & set(targets.values()), "redirects to redirects"
    assert set(targets.values()) & sample.commons_files().keys()
    assert {row["rd_interwiki"] for row in redirects} == {None, b"", b"meta"}
    assert {row["rd_namespace"] for row in redirects} == {b"0", b"4", b"6"}
    used = [set().union(*sample.files_on_articles(w).values()) for w in sample.summary.wikis]
    assert all(files & targets.keys() for files in used)
    local = {name(row["img_name"]) for row in sample.table("ptwiki", "image")}
    assert local & targets.keys()


def test_wikis_say_of_most_disambiguations_what_they_are(sample: Reading) -> None:
    said = sample.props("ptwiki", b"disambiguation")
    assert set(said.values()) == {b""}
    assert 0.005 < len(said.keys() & sample.articles("ptwiki").keys()) / 1000 < 0.08
    assert said.keys() - sample.articles("ptwiki").keys(), "redirects that say so"


def test_entity_dumps_have_the_shapes_that_trip_readers(sample: Reading) -> None:
    items, media = sample.items(), sample.media()
    kinds = Counter(entity["type"] for entity in items)
    assert {"item", "property", "lexeme"} == set(kinds)
    assert any(entity["claims"] == [] for entity in items)
    assert any(entity["labels"] == [] for entity in items)
    assert any(entity.get("statements") == [] for entity in media)
    assert any("statements" not in entity for entity in media)
    assert any(isinstance(entity.get("statements"), dict) for entity in media)
    snaks = [snak for entity in items for snak in mainsnaks(entity["claims"], "P31")]
    values = [snak["datavalue"]["value"] for snak in snaks if snak["snaktype"] == "value"]
    assert 0.1 < sum("id" not in value for value in values) / len(values) < 0.5
    assert all(value.get("id", f"Q{value['numeric-id']}")[1:].isdigit() for value in values)


def mainsnaks(claims: Any, prop: str) -> list[dict[str, Any]]:
    return [statement["mainsnak"] for statement in (claims or {}).get(prop, [])]


@pytest.mark.parametrize("prop", ["P18", "P373", "P31"])
def test_statements_of_every_rank_and_snaks_without_value_occur(sample: Reading, prop: str) -> None:
    found = [s for e in sample.items() for s in (e["claims"] or {}).get(prop, [])]
    assert {s["rank"] for s in found} == {"normal", "preferred", "deprecated"}
    snaks = {s["mainsnak"]["snaktype"] for s in found}
    assert {"value", "somevalue"} <= snaks
    if prop != "P31":
        assert "novalue" in snaks
    assert all(
        ("datavalue" in s["mainsnak"]) == (s["mainsnak"]["snaktype"] == "value") for s in found
    )


def test_pictures_are_named_in_other_spellings(sample: Reading) -> None:
    values = [
        snak["datavalue"]["value"]
        for entity in sample.items()
        for snak in mainsnaks(entity["claims"], "P18")
        if snak["snaktype"] == "value"
    ]
    assert any(" " in value for value in values)
    assert any("_" in value for value in values)
    assert any(value[0].islower() for value in values)
    assert any(value != value.strip() for value in values)
    assert any(not unicodedata.is_normalized("NFC", value) for value in values)
    files = sample.commons_files()
    known = [name(value) in files for value in values]
    assert 0.9 < sum(known) / len(known) < 1


# Believable


def test_wikis_have_real_names_and_titles_in_their_scripts(sample: Reading) -> None:
    assert len(LANGUAGES) >= 40
    assert len({language.wiki for language in LANGUAGES}) == len(LANGUAGES)
    for wiki, script in (("ptwiki", "LATIN"), ("arwiki", "ARABIC"), ("kawiki", "GEORGIAN")):
        titles = sample.articles(wiki).values()
        written = sum(any(script in unicodedata.name(c, "") for c in title) for title in titles)
        assert written > 0.85 * len(titles)


def test_more_wikis_than_there_are_real_names_get_made_up_ones(tmp_path: Path) -> None:
    summary = make_sample(tmp_path / "s", articles=60, wikis=60)
    assert len(set(summary.wikis)) == 60
    assert all(re.fullmatch(r"[a-z]+wiki", wiki) for wiki in summary.wikis)


def incoming(sample: Reading, wiki: str) -> Counter[str]:
    targets: dict[int, tuple[int, str]] = sample.targets(wiki)
    pages: dict[str, set[bytes | None]] = defaultdict(set)
    for row in sample.table(wiki, "pagelinks"):
        if row["pl_from_namespace"] != b"0":
            continue
        if "pl_target_id" in row:
            target = targets.get(int(row["pl_target_id"] or 0), (-1, ""))
        else:
            target = (int(row["pl_namespace"] or 0), name(row["pl_title"]))
        if target[0] == 0:
            pages[target[1]].add(row["pl_from"])
    return Counter({title: len(sources) for title, sources in pages.items()})


def test_few_articles_get_many_links_and_many_get_few(sample: Reading) -> None:
    links = np.array(sorted(incoming(sample, "ptwiki").values(), reverse=True))
    assert links[0] > 10 * np.median(links)
    assert links[: len(links) // 10].sum() > 0.35 * links.sum()


def test_links_go_to_redirects_to_missing_pages_and_to_other_namespaces(sample: Reading) -> None:
    rows = sample.table("ptwiki", "page")
    redirects = {name(r["page_title"]) for r in rows if r["page_is_redirect"] == b"1"}
    linked = set(incoming(sample, "ptwiki"))
    assert linked & redirects
    assert linked - redirects - set(sample.articles("ptwiki").values())
    talk = {name(r["page_title"]) for r in rows if r["page_namespace"] == b"1"}
    assert talk & set(sample.articles("ptwiki").values())
    assert len({r["pl_from_namespace"] for r in sample.table("ptwiki", "pagelinks")}) > 3


def overused(sample: Reading) -> set[str]:
    """Files above the limit of icons, as the rule has it."""
    files = sample.commons_files()
    pages: Counter[str] = Counter()
    limits: Counter[str] = Counter()
    for wiki in sample.summary.wikis:
        local = {name(row["img_name"]) for row in sample.table(wiki, "image")}
        on_articles = sample.files_on_articles(wiki)
        here = Counter(f for used in on_articles.values() for f in used if f not in local)
        threshold = math.ceil(max(15 * len(sample.articles(wiki)) / 50_000, 3.75))
        for file, count in here.items():
            pages[file] += count
            limits[file] += threshold
    return {file for file in pages if file in files and pages[file] > limits[file]}


def test_icons_are_overused_and_pictures_mostly_are_not(sample: Reading) -> None:
    icons = {file for file in overused(sample) if file.endswith((".svg", "globe.png"))}
    assert len(icons) > 30
    assert len(overused(sample)) < 0.06 * len(sample.commons_files())


def unillustrated(sample: Reading, wiki: str, icons: set[str]) -> dict[int, str]:
    """Articles with an item and without a picture, lists and the like left out."""
    files = sample.commons_files().keys() - icons
    local = {name(row["img_name"]) for row in sample.table(wiki, "image")}
    classes = {
        entity["id"]: {
            snak["datavalue"]["value"]["numeric-id"]
            for snak in mainsnaks(entity["claims"], "P31")
            if snak["snaktype"] == "value"
        }
        for entity in sample.items()
    }
    used = sample.files_on_articles(wiki)
    items = sample.props(wiki, b"wikibase_item")
    return {
        page: items[page].decode()
        for page in sample.articles(wiki)
        if page in items
        and not used[page] & (files | local)
        and not classes[items[page].decode()] & EXCLUDED
    }


def test_about_half_of_the_articles_lack_a_picture_and_a_third_of_those_have_some_offered(
    sample: Reading,
) -> None:
    icons = overused(sample)
    offered: dict[str, Counter[str]] = defaultdict(Counter)
    names_of = {page: file for file, page in sample.commons_files().items()}
    for entity in sample.items():
        for snak in mainsnaks(entity["claims"], "P18"):
            if snak["snaktype"] == "value" and name(snak["datavalue"]["value"]) not in icons:
                offered[entity["id"]][name(snak["datavalue"]["value"])] += 1
    for entity in sample.media():
        for snak in mainsnaks(entity.get("statements"), "P180"):
            if snak["snaktype"] == "value":
                item = f"Q{snak['datavalue']['value']['numeric-id']}"
                offered[item][names_of[int(entity["id"][1:])]] += 1
    for wiki in sample.summary.wikis:
        items = sample.props(wiki, b"wikibase_item")
        for page, file in sample.props(wiki, b"page_image_free").items():
            if page in items:
                offered[items[page].decode()][name(file)] += 1
    for wiki in sample.summary.wikis:
        bare = unillustrated(sample, wiki, icons)
        articles = sample.articles(wiki)
        assert 0.4 < len(bare) / len(articles) < 0.6
        helped = [item for item in bare.values() if offered[item]]
        assert 0.3 < len(helped) / len(bare) < 0.9
        several = [item for item in helped if max(offered[item].values()) > 1]
        assert len(several) > 20
        assert max(len(offered[item]) for item in helped) > 5


def test_some_articles_have_no_item_and_some_items_no_class(sample: Reading) -> None:
    articles = sample.articles("ptwiki")
    with_item = sample.props("ptwiki", b"wikibase_item")
    assert 0.01 < 1 - len(articles.keys() & with_item.keys()) / len(articles) < 0.1
    assert with_item.keys() - articles.keys(), "redirects with an item"
    known = {entity["id"]: entity for entity in sample.items()}
    linked = [known[value.decode()] for value in with_item.values()]
    bare = [entity for entity in linked if not mainsnaks(entity["claims"], "P31")]
    assert 0.01 < len(bare) / len(linked) < 0.15


def test_excluded_classes_occur_on_articles(sample: Reading) -> None:
    known = {entity["id"]: entity for entity in sample.items()}
    classes = {
        snak["datavalue"]["value"]["numeric-id"]
        for wiki in sample.summary.wikis
        for item in sample.props(wiki, b"wikibase_item").values()
        for snak in mainsnaks(known[item.decode()]["claims"], "P31")
        if snak["snaktype"] == "value"
    }
    assert {13406463, 4167410} <= classes
    assert len(classes & EXCLUDED) > 8


def test_local_files_are_used_and_some_hide_a_file_of_commons(sample: Reading) -> None:
    files = sample.commons_files()
    for wiki in ("ptwiki", "arwiki"):
        local = {name(row["img_name"]) for row in sample.table(wiki, "image")}
        used = {file for names in sample.files_on_articles(wiki).values() for file in names}
        assert local & used
        assert local & used & files.keys()
        assert used - local - files.keys(), "links to files that are nowhere"


def test_categories_are_of_all_sizes_and_some_are_too_large(sample: Reading) -> None:
    sizes = {
        name(r["cat_title"]): int(r["cat_files"] or 0)
        for r in sample.table("commonswiki", "category")
    }
    assert min(sizes.values()) == 0
    assert 99_999 in sizes.values()
    assert 100_000 in sizes.values()
    assert sum(size == 1 for size in sizes.values()) > 20
    assert sum(100 < size < 2000 for size in sizes.values()) >= 3
    named = Counter(
        name(snak["datavalue"]["value"])
        for entity in sample.items()
        for snak in mainsnaks(entity["claims"], "P373")
        if snak["snaktype"] == "value"
    )
    assert {size for category, size in sizes.items() if category in named} >= {99_999, 100_000}
    assert sum(count > 99 for count in named.values()) == 1
    assert any(category not in sizes for category in named)


def test_one_file_is_the_picture_of_more_than_99_items_and_one_depicts_as_many(
    sample: Reading,
) -> None:
    pictures = Counter(
        name(snak["datavalue"]["value"])
        for entity in sample.items()
        if entity["type"] == "item"
        for snak in mainsnaks(entity["claims"], "P18")
        if snak["snaktype"] == "value"
    )
    assert sum(count > 99 for count in pictures.values()) == 1
    depicted = [len(mainsnaks(e.get("statements"), "P180")) for e in sample.media()]
    assert sum(count > 99 for count in depicted) == 1


def test_placeholders_are_known_by_name_and_by_category(sample: Reading) -> None:
    targets = sample.targets("commonswiki")
    members = {
        int(row["cl_from"] or 0)
        for row in sample.table("commonswiki", "categorylinks")
        if targets.get(int(row["cl_target_id"] or 0)) == (14, "Image_placeholders")
        and row["cl_type"] == b"file"
    }
    files = sample.commons_files()
    placed = {file for file, page in files.items() if page in members}
    assert "Foto_folgt.jpg" in placed
    assert "Falta_imagem_hoki.svg" in files.keys() - placed


def test_files_that_are_no_pictures_tiny_or_without_metadata_occur(sample: Reading) -> None:
    rows = {name(row["img_name"]): row for row in sample.table("commonswiki", "image")}
    kinds = {row["img_media_type"] for row in rows.values()}
    assert {b"BITMAP", b"DRAWING", b"AUDIO", b"VIDEO", b"OFFICE", None} <= kinds
    widths = [int(row["img_width"] or 0) for row in rows.values()]
    assert 0.003 < sum(width < 100 for width in widths) / len(widths) < 0.05
    assert sample.commons_files().keys() - rows.keys()


# Feedback


def events(folder: Path) -> list[dict[str, Any]]:
    paths = sorted((folder / "event/mediawiki_image_suggestions_feedback").glob("*.json.gz"))
    return [json.loads(line) for path in paths for line in dump_text(path).splitlines()]


def events_understood(given_: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in given_ if event["page_id"] and event["meta"]["domain"] != "canary"]


def test_feedback_is_of_every_outcome_on_articles_there_are(sample: Reading) -> None:
    given_ = events_understood(events(sample.folder))
    assert len(given_) > 50
    for event in given_:
        assert int(event["page_id"]) in sample.articles(event["wiki"])
        assert not (event["is_accepted"] and event["is_rejected"])
        if event["filename"]:
            assert name(event["filename"]) in sample.commons_files()
        else:
            assert {event["is_accepted"], event["is_rejected"]} == {False}
    assert any(event["is_accepted"] for event in given_)
    assert any(not event["is_accepted"] and not event["is_rejected"] for event in given_)
    reasons = [set(event["rejection_reasons"]) for event in given_ if event["is_rejected"]]
    undecided = {"unfamiliar", "foreignlanguage"}
    assert any(found and found <= undecided for found in reasons)
    assert any(found & undecided and found - undecided for found in reasons)
    assert any(event.get("section_title") for event in given_)
    assert any(event["dt"] > "2026-11-03" for event in given_), "after the snapshot"
    assert any(" " in event["filename"] for event in given_)


def test_feedback_has_what_is_odd_in_real_events(sample: Reading) -> None:
    given_ = events(sample.folder)
    assert sum(event["meta"]["domain"] == "canary" for event in given_) == 2, "one a file"
    assert 0 < sum(event["page_id"] == 0 for event in given_) < 0.05 * len(given_)
    assert any(not event["filename"] for event in given_)
    assert any(isinstance(event["page_id"], str) for event in given_)
    assert any(event["dt"].startswith("0000") for event in given_)


def test_people_change_their_minds(sample: Reading) -> None:
    judged = Counter(
        (e["wiki"], int(e["page_id"]), name(e["filename"]))
        for e in events_understood(events(sample.folder))
    )
    assert max(judged.values()) > 1


# Several snapshots


def counts(reading: Reading) -> dict[tuple[str, str], int]:
    numbers = {(wiki, table): len(reading.table(wiki, table)) for wiki, table in reading.paths()}
    numbers = {key: number for key, number in numbers.items() if number}
    icons = overused(reading)
    files = reading.commons_files()
    for wiki in reading.summary.wikis:
        used = reading.files_on_articles(wiki)
        bare = [p for p in reading.articles(wiki) if not used[p] & files.keys() - icons]
        numbers[wiki, "without a picture"] = len(bare)
    return numbers


def test_weeks_are_seven_days_apart_and_end_on_the_same_monday(weeks: list[Reading]) -> None:
    assert weeks[0].summary.snapshots == ("2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02")


def test_from_week_to_week_counts_change_a_little(weeks: list[Reading]) -> None:
    numbers = [counts(week) for week in weeks]
    for before, after in pairwise(numbers):
        assert before.keys() == after.keys()
        for key, number in before.items():
            assert abs(after[key] - number) <= max(3, 0.04 * number), key


def test_from_week_to_week_articles_come_get_pictures_and_files_go(weeks: list[Reading]) -> None:
    first, last = weeks[0], weeks[-1]
    assert last.articles("ptwiki").keys() - first.articles("ptwiki").keys()
    assert first.commons_files().keys() - last.commons_files().keys()
    assert last.commons_files().keys() - first.commons_files().keys()
    both = first.articles("ptwiki").keys() & last.articles("ptwiki").keys()
    leads = [week.props("ptwiki", b"page_image_free") for week in (first, last)]
    assert [page for page in both if page in leads[1] and page not in leads[0]]
    assert [page for page in both if page in leads[0]] != []


def test_from_week_to_week_few_links_change(weeks: list[Reading]) -> None:
    def links(week: Reading) -> set[tuple[bytes | None, ...]]:
        return {(r["pl_from"], r["pl_title"]) for r in week.table("kawiki", "pagelinks")}

    before, after = links(weeks[0]), links(weeks[1])
    assert 0 < len(before - after) < 0.02 * len(before)
    assert 0 < len(after - before) < 0.02 * len(before)


def test_what_stays_keeps_its_ids_and_what_was_edited_has_a_newer_revision(
    weeks: list[Reading],
) -> None:
    def pages(week: Reading) -> dict[bytes | None, tuple[bytes | None, int]]:
        rows = week.table("ptwiki", "page")
        return {r["page_id"]: (r["page_title"], int(r["page_latest"] or 0)) for r in rows}

    before, after = pages(weeks[0]), pages(weeks[-1])
    both = before.keys() & after.keys()
    assert all(before[page][0] == after[page][0] for page in both)
    assert all(before[page][1] <= after[page][1] for page in both)
    edited = sum(before[page][1] < after[page][1] for page in both)
    assert 0.01 < edited / len(both) < 0.2


def test_feedback_arrives_every_week(weeks: list[Reading]) -> None:
    folder = weeks[0].folder / "event/mediawiki_image_suggestions_feedback"
    assert len(list(folder.glob("*.json.gz"))) == 5


# Any size


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    articles=st.integers(1, 60),
    wikis=st.integers(1, 5),
    snapshots=st.integers(1, 2),
    seed=st.integers(0, 2**32),
)
def test_a_sample_of_any_size_is_well_formed(
    tmp_path_factory: pytest.TempPathFactory, articles: int, wikis: int, snapshots: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("any") / "dumps"
    summary = make_sample(folder, articles=articles, wikis=wikis, snapshots=snapshots, seed=seed)
    reading = Reading(folder, summary)
    for wiki, table in reading.paths():
        reading.table(wiki, table)
    for wiki in summary.wikis:
        titles = [row["page_title"] for row in reading.table(wiki, "page")]
        assert all(title is not None and name(title).encode() == title for title in titles)
        assert reading.articles(wiki) or snapshots > 1


# Errors


@pytest.mark.parametrize("wrong", [{"articles": 0}, {"wikis": 0}, {"snapshots": -1}])
def test_a_number_below_one_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="at least 1"):
        make_sample(tmp_path / "s", **wrong)  # type: ignore[arg-type]
    assert not (tmp_path / "s").exists()


def test_an_older_sample_is_replaced_whole(tmp_path: Path) -> None:
    make_sample(tmp_path / "s", articles=30, wikis=3, snapshots=2)
    make_sample(tmp_path / "s", articles=30, wikis=1)
    assert {path.name for path in (tmp_path / "s").iterdir()} == {
        "commonswiki",
        "event",
        "other",
        "ptwiki",
        "sample.json",
    }


@pytest.mark.parametrize("spoil", [Path.mkdir, lambda path: path.write_text("x")])
def test_a_folder_with_something_else_in_it_is_left_alone(
    tmp_path: Path, spoil: Callable[[Path], Any]
) -> None:
    (tmp_path / "mine").mkdir()
    spoil(tmp_path / "mine" / "precious")
    with pytest.raises(InputError, match="no older sample"):
        make_sample(tmp_path / "mine", articles=10)
    assert (tmp_path / "mine" / "precious").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        make_sample(tmp_path / "file" / "below", articles=10)
