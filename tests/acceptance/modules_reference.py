"""MODULES.md section 2 in plain Python: reads the made-up dumps of modules whole, by itself, and
lets the references of the other sections make every dataset of them.
"""

import bz2
import datetime as dt
import gzip
import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from resources.sources.history import LAYOUTS
from tests.module_assets import reference
from tests.module_assets.datasets.reference import Contract, Row, Rows, World, of
from tests.module_assets.reference import Shape
from tests.resources.sample.test_sample import read_table

DAY, MONTH = dt.date(2026, 11, 2), "2026-10"
NAMES = (
    *("known_sources", "wikis", "modules", "module_text", "module_use", "module_links"),
    *("module_history", "module_code", "module_functions", "module_references"),
    *("shape_sketches", "module_names", "shapes", "shape_bands", "similar_shapes"),
    *("shape_families", "module_families", "families", "function_families"),
    *("module_scores", "family_scores"),
)
"""What is compared."""
_SCHEMA = "{http://www.mediawiki.org/xml/export-0.11/}"
_SPACE = " \t\n\r\f\v"


def datasets_of(dumps: Path) -> World:
    """Every dataset that comes of made-up dumps."""
    folders = sorted(folder.parent for folder in dumps.glob(f"*/{DAY:%Y%m%d}"))
    parts = [_Wiki(dumps, folder.name).tables() for folder in folders]
    world = {name: [row for part in parts for row in part[name]] for name in parts[0]}
    world["article_views"] = _views(dumps, world["wiki_sites"])
    return _Whole(world, DAY).world


class _Wiki:
    """The dumps of one wiki."""

    def __init__(self, dumps: Path, wiki: str) -> None:
        self.dumps, self.wiki = dumps, wiki
        self.stem = f"{wiki}/{DAY:%Y%m%d}/{wiki}-{DAY:%Y%m%d}"

    def tables(self) -> World:
        """All that is read of them, by name."""
        exports = [
            path
            for pattern in (
                f"{self.stem}-pages-*.xml*.bz2",
                f"other/mediawiki_content_current/{self.wiki}/{DAY}/xml/bzip2/*.xml.bz2",
            )
            for path in sorted(self.dumps.glob(pattern))
        ]
        roots = [ElementTree.fromstring(bz2.decompress(path.read_bytes())) for path in exports]
        site = self._site(roots[0])
        exported = self._modules(roots, site["is_first_letter"])
        names = [name for name in site["names"] if name != "Module"]
        found = {
            "wiki_sites": [site],
            "exported_modules": exported,
            "analysis": [_analysis(row, names, site["is_first_letter"]) for row in exported],
            "module_transclusions": self._uses(),
            "module_items": [
                {"page_id": int(row["pp_page"]), "item_id": row["pp_value"].decode()}
                for row in self._sql("page_props")
                if row["pp_propname"] == b"wikibase_item"
            ],
            "module_languages": [
                {"page_id": int(row["ll_from"]), "language": row["ll_lang"].decode()}
                for row in self._sql("langlinks")
            ],
            "module_restrictions": [
                {
                    "page_id": int(row["pr_page"]),
                    "type": row["pr_type"].decode(),
                    "level": row["pr_level"].decode(),
                    "expiry": None if row["pr_expiry"] is None else row["pr_expiry"].decode(),
                }
                for row in self._sql("page_restrictions")
            ],
            "module_edits": self._edits(),
            "known_sources": [{"source": source} for source in self._known()],
        }
        return {
            name: [{"wiki_db": self.wiki, **row} for row in rows] for name, rows in found.items()
        }

    def _sql(self, table: str) -> list[dict[str, Any]]:
        path = self.dumps / f"{self.stem}-{table}.sql.gz"
        return list(read_table(path)) if path.exists() else []

    def _known(self) -> list[str]:
        tables = ("langlinks", "page_props", "page_restrictions")
        known = [each for each in tables if (self.dumps / f"{self.stem}-{each}.sql.gz").exists()]
        if (self.dumps / f"other/mediawiki_history/{MONTH}/{self.wiki}").exists():
            known.append("history")
        return [*known, "pageviews"]

    def _site(self, root: ElementTree.Element) -> Row:
        with gzip.open(self.dumps / f"{self.stem}-siteinfo-namespaces.json.gz") as file:
            query = json.load(file)["query"]
        spaces = [*query["namespaces"].values(), *query["namespacealiases"]]
        (local,) = (
            each for each in root.iter(f"{_SCHEMA}namespace") if each.attrib["key"] == "828"
        )
        base = str(root.findtext(f"{_SCHEMA}siteinfo/{_SCHEMA}base"))
        articles = [int(row["ss_good_articles"]) for row in self._sql("site_stats")]
        return {
            "language": root.attrib["{http://www.w3.org/XML/1998/namespace}lang"],
            "host": base.split("/")[2],
            "articles": sum(articles),
            "names": [each["*"] for each in spaces if each["id"] == 828],
            "is_first_letter": local.attrib["case"] == "first-letter",
        }

    def _modules(self, roots: list[ElementTree.Element], first_letter: bool) -> Rows:
        newest: dict[int, tuple[int, Row | None]] = {}
        for root in roots:
            for page in root.iter(f"{_SCHEMA}page"):
                if page.findtext(f"{_SCHEMA}ns") == "828":
                    page_id, revision, row = _page(page, first_letter)
                    if revision >= newest.get(page_id, (0, None))[0]:
                        newest[page_id] = revision, row
        return [row for _, row in newest.values() if row]

    def _uses(self) -> Rows:
        targets = {row["lt_id"]: row for row in self._sql("linktarget")}
        rows = []
        for link in self._sql("templatelinks"):
            by_id = link.get("tl_target_id")
            space, title = (
                (link["tl_namespace"], link["tl_title"])
                if by_id is None
                else (targets[by_id]["lt_namespace"], targets[by_id]["lt_title"])
            )
            if space == b"828":
                of_page = {"from_page": int(link["tl_from"])}
                of_page["from_namespace"] = int(link["tl_from_namespace"])
                rows.append({**of_page, "title": title.decode()})
        return rows

    def _edits(self) -> Rows:
        rows = []
        folder = self.dumps / f"other/mediawiki_history/{MONTH}/{self.wiki}"
        for path in folder.glob("*.tsv.bz2"):
            for line in bz2.decompress(path.read_bytes()).decode().removesuffix("\n").split("\n"):
                values = line.split("\t")
                row = dict(zip(LAYOUTS[len(values)], values, strict=True))
                if (
                    (row["event_entity"], row["event_type"]) == ("revision", "create")
                    and row["page_namespace"] == "828"
                    and row["revision_is_deleted_by_page_deletion"] != "true"
                ):
                    kinds = ("event_user_is_anonymous", "event_user_is_temporary")
                    is_anonymous = "true" in [row.get(kind) for kind in kinds]
                    time = dt.datetime.fromisoformat(f"{row['event_timestamp'][:19]}+00:00")
                    edit = {"page_id": int(row["page_id"]), "time": time}
                    edit["is_minor"] = row["revision_minor_edit"] == "true"
                    edit["is_anonymous"] = is_anonymous
                    rows.append({**edit, "editor": None if is_anonymous else row["event_user_id"]})
        return rows


def _page(page: ElementTree.Element, first_letter: bool) -> tuple[int, int, Row | None]:
    """A page's id and revision, and what is known of it where it is a module."""
    revision = page.find(f"{_SCHEMA}revision")
    assert revision is not None
    page_id, revision_id = (int(str(each.findtext(f"{_SCHEMA}id"))) for each in (page, revision))
    text = revision.find(f"{_SCHEMA}text")
    assert text is not None
    if revision.findtext(f"{_SCHEMA}model") != "Scribunto" or text.attrib.get("deleted"):
        return page_id, revision_id, None
    title = str(page.findtext(f"{_SCHEMA}title")).partition(":")[2].replace(" ", "_")
    title = unicodedata.normalize("NFC", title)
    written = text.text or ""
    time = str(revision.findtext(f"{_SCHEMA}timestamp")).replace("Z", "+00:00")
    row = {
        "page_id": page_id,
        "title": title[0].upper() + title[1:] if first_letter else title,
        "revision_id": revision_id,
        "revised_at": dt.datetime.fromisoformat(time),
        "bytes": len(written.encode()),
        "is_redirect": page.find(f"{_SCHEMA}redirect") is not None,
        "text": written.removeprefix("\ufeff").rstrip(_SPACE),
    }
    return page_id, revision_id, row


@cache
def _analysed(text: str, is_redirect: bool, names: tuple[str, ...], first_letter: bool) -> Row:
    return reference.analyse(text, is_redirect, list(names), first_letter)


def _analysis(module: Row, names: list[str], first_letter: bool) -> Row:
    title = module["title"]
    found = _analysed(module["text"], module["is_redirect"], tuple(names), first_letter)
    return {"page_id": module["page_id"], "name": title[0].upper() + title[1:], **found}


def _views(dumps: Path, sites: Rows) -> Rows:
    (path,) = dumps.glob(f"other/pageview_complete/monthly/2026/{MONTH}/*-user.bz2")
    called = {
        site["host"].removeprefix("www.").removesuffix(".org"): site["wiki_db"] for site in sites
    }
    rows = []
    for line in bz2.decompress(path.read_bytes()).decode().splitlines():
        columns = line.split(" ")
        if columns[0] in called and len(columns) >= 6 and columns[-4] != "null":
            page = {"wiki_db": called[columns[0]], "page_id": int(columns[-4])}
            rows.append({**page, "views": int(columns[-2])})
    return rows


class _Whole(Contract):
    """Also the datasets of similar shapes, once shapes are there."""

    def shapes(self) -> Rows:
        rows = super().shapes()
        made = [self._shape(row) for row in rows]
        pairs = reference.similar(made)
        columns = ("shape_a", "shape_b", "similarity", "a_in_b", "b_in_a", "akin")
        self.world["similar_shapes"] = [dict(zip(columns, pair, strict=True)) for pair in pairs]
        self.world["shape_bands"] = [
            {"shape": each.shape, "compared_by": each.compared_by, "band": band, "key": key}
            for each in made
            for band, key in enumerate(each.keys)
        ]
        self.world["shape_families"] = [
            {"shape": shape, "centre": centre, "similarity": similarity}
            for shape, (centre, similarity) in reference.families(made, pairs).items()
        ]
        return rows

    def _shingles(self, module: Row) -> set[int]:
        (row,) = of(self.world["module_text"], module)
        by_text = module["compared_by"] == "text"
        tokens = reference.lex(row["text"])
        return reference.shingles([each.text if by_text else each.structure for each in tokens])

    def _shape(self, row: Row) -> Shape:
        carrying = [each for each in self._compared() if each["shape"] == row["shape"]]
        modules = {(each["wiki_db"], each["page_id"]): each for each in self.world["modules"]}
        items = {modules[each["wiki_db"], each["page_id"]]["item_id"] for each in carrying}
        return Shape(
            row["shape"],
            row["compared_by"],
            self._shingles(carrying[0]),
            row["wikis"],
            row["modules"],
            carrying[0]["band_keys"],
            {each["name"] for each in carrying} | (items - {None}),
        )
