"""The made-up wikis with modules: what was planted is what our readers find, in every layout."""

import bz2
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from module_assets.sample import make_modules, world
from module_assets.sample.world import Page, Wiki, World, make_world
from resources.errors import InputError
from resources.sources.export.files import open_export
from resources.sources.export.multistream import Multistream
from resources.sources.export.plain import PlainExport
from resources.sources.export.siteinfo import read_names
from resources.sources.history import History
from resources.sources.module_dumps import ModuleDumps
from resources.sources.pageviews import Pageviews
from resources.sources.places import Folder
from resources.sources.sums import sha256_sums
from tests.resources.sample.test_sample import read_table

WIKIS, FAMILIES, SEED, VERSIONS = 7, 12, 5, 30
DAY = "20261102"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules") / "dumps"
    make_modules(folder, WIKIS, FAMILIES, SEED, VERSIONS)
    return folder


@pytest.fixture(scope="module")
def made() -> World:
    return make_world(WIKIS, FAMILIES, SEED, VERSIONS)


def export_of(sample: Path, wiki: str) -> Multistream | PlainExport:
    """Open what is to be read of a wiki."""
    files = ModuleDumps(Folder(sample)).text_files(wiki, DAY)
    other = sample / f"other/mediawiki_content_current/{wiki}/2026-11-02/xml/bzip2"
    if other.is_dir():
        for name, told in sha256_sums((other / "SHA256SUMS").read_text()).items():
            assert hashlib.sha256((other / name).read_bytes()).hexdigest() == told
    named = ("text ", "index ")
    dumps, indexes = ([sample / f.path for f in files if f.what.startswith(n)] for n in named)
    return open_export(dumps, indexes, 828)


def told(wiki: Wiki, page: Page) -> tuple[str, str, bool, str | None]:
    text = None if page.is_deleted else page.text
    return f"{wiki.module}:{page.title}", page.model, page.is_redirect, text


def test_the_export_of_each_layout_holds_the_pages_that_were_made(
    sample: Path, made: World
) -> None:
    kinds = Counter[str]()
    for wiki, pages in made.pages.items():
        export = export_of(sample, wiki.wiki_db)
        exported = sorted(export, key=lambda page: page.revision_id)
        found = {page.page_id: page for page in exported}
        assert export.siteinfo.wiki_db == wiki.wiki_db
        assert export.siteinfo.host == wiki.host
        assert {
            number: (page.title, page.model, page.is_redirect, page.text)
            for number, page in found.items()
        } == {page.page_id: told(wiki, page) for page in pages}
        assert len(exported) == len(found) + 1
        kinds[type(export).__name__] += 1
        assert (export.counts.pages, export.counts.missing) == (len(pages) + 1, 0)
        folder = sample / wiki.wiki_db / DAY
        names = read_names(folder / f"{wiki.wiki_db}-{DAY}-siteinfo-namespaces.json.gz", 828)
        assert names == {wiki.module, *wiki.aliases}
    assert kinds == {"Multistream": 4, "PlainExport": 3}


def test_a_dump_tells_the_sums_of_all_its_files(sample: Path) -> None:
    folder = sample / "bgwiki" / DAY
    status: dict[str, Any] = json.loads((folder / "dumpstatus.json").read_text())
    files = {
        name: file for job in status["jobs"].values() for name, file in job.get("files", {}).items()
    }
    papers = {"dumpstatus.json", f"bgwiki-{DAY}-sha1sums.txt"}
    assert files.keys() == {path.name for path in folder.iterdir()} - papers
    for name, file in files.items():
        data = (folder / name).read_bytes()
        assert (file["size"], file["sha1"]) == (len(data), hashlib.sha1(data).hexdigest())


def test_tables_are_of_each_schema_and_say_where_modules_are_used(sample: Path) -> None:
    columns = Counter[tuple[str, ...]]()
    for folder in sample.glob(f"*/{DAY}"):
        stem = folder / f"{folder.parent.name}-{DAY}"
        targets = {row["lt_id"]: row for row in read_table(Path(f"{stem}-linktarget.sql.gz"))}
        links = read_table(Path(f"{stem}-templatelinks.sql.gz"))
        columns[tuple(links[0])] += 1
        used = {row["tl_target_id"] for row in links if row.get("tl_target_id")}
        assert used <= targets.keys()
        assert {row["tl_from_namespace"] for row in links} == {b"0", b"10"}
        for table in ("page_props", "page_restrictions", "site_stats"):
            assert read_table(Path(f"{stem}-{table}.sql.gz"))
    assert len(columns) == 3
    without = [
        path.parent.name for path in sample.glob(f"*/{DAY}") if not [*path.glob("*langlinks*")]
    ]
    assert without == ["enwiktionary"]


def test_the_history_is_of_each_width_and_of_pages_that_are_there(
    sample: Path, made: World
) -> None:
    widths = set()
    for wiki, pages in made.pages.items():
        files = sorted(sample.glob(f"other/mediawiki_history/2026-10/{wiki.wiki_db}/*.tsv.bz2"))
        history = History(files, wiki.wiki_db, 828)
        edits = pa.Table.from_batches(history, History.schema)
        assert {*edits["page_id"].to_pylist()} <= {page.page_id for page in pages}
        assert {None, "#100"} <= {*edits["editor"].to_pylist()}
        assert 0 < len(edits) < history.counts.rows
        widths.add(bz2.decompress(files[-1].read_bytes()).split(b"\n")[0].count(b"\t") + 1)
    assert widths == {70, 74, 76, 78}


def test_every_article_was_read_by_somebody(sample: Path, made: World) -> None:
    (file,) = sample.glob("other/pageview_complete/monthly/2026/2026-10/*-user.bz2")
    hosts = {wiki.wiki_db: wiki.host for wiki in made.pages}
    pageviews = Pageviews(file, hosts)
    views = pa.Table.from_batches(pageviews, Pageviews.schema)
    pages = {*zip(views["wiki_db"].to_pylist(), views["page_id"].to_pylist(), strict=True)}
    assert pages == {(wiki, page) for wiki in hosts for page in range(1, world.ARTICLES + 1)}
    assert pageviews.counts.without_page == 2 * WIKIS


def test_sample_json_says_what_was_planted_and_copies_are_what_it_says(
    sample: Path, made: World
) -> None:
    planted = json.loads((sample / "sample.json").read_text())["planted"]
    texts = {
        (wiki.wiki_db, page.page_id): page.text
        for wiki, pages in made.pages.items()
        for page in pages
    }
    families: dict[int, list[dict[str, Any]]] = {}
    for each in planted:
        families.setdefault(each["family"], []).append(each)
    for first, *copies in families.values():
        text = texts[first["wiki_db"], first["page_id"]]
        for copy in copies:
            same = texts[copy["wiki_db"], copy["page_id"]] == text
            assert same == (copy["kind"] == "exact"), copy
    assert len(families[FAMILIES]) == VERSIONS
    assert {each["kind"] for each in planted} == {*world.KINDS, "first", "version"}


def test_the_same_seed_writes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "HOT", 3)
    written = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_modules(tmp_path / name, 2, 2, seed, versions=3)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        written.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_what_is_in_a_folder_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(InputError, match="is no empty folder and no older sample"):
        make_modules(tmp_path)
    with pytest.raises(InputError, match="at least 1 wiki is needed"):
        make_modules(tmp_path / "new", 0)
