"""A small Wikimedia in memory: wikis, Commons, entities and events, with words to fill them.

The cases that fill it are in ``traps_signals`` and ``traps_articles``.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from tests.acceptance.traps_writing import BLOB, Record, Writer

Schema = Literal["old", "new", "mixed"]

OLD, NEW, MIXED = "be_x_oldwiki", "newwiki", "mixwiki"
NOT_OLD = ("pl_title", "pl_namespace", "il_to", "cl_to")
NOT_NEW = ("pl_target_id", "il_target_id", "cl_target_id")
WITHOUT: dict[Schema, tuple[str, ...]] = {"old": NOT_NEW, "new": NOT_OLD, "mixed": ()}
MISSING_TARGET = 7_999_999_999


@dataclass(frozen=True)
class Claim:
    """A statement's value with its rank; a value of None is a ``novalue`` snak."""

    value: str | None
    rank: str = "normal"
    snak: str = "value"
    numeric_only: bool = False


def preferred(value: str) -> Claim:
    """A statement of the preferred rank."""
    return Claim(value, "preferred")


def deprecated(value: str) -> Claim:
    """A statement of the deprecated rank."""
    return Claim(value, "deprecated")


def statement(number: int, property_id: str, claim: str | Claim) -> Record:
    """A statement as it stands in an entity dump, with qualifiers that must not be taken for it."""
    claim = Claim(claim) if isinstance(claim, str) else claim
    snak: Record = {"snaktype": claim.snak, "property": property_id}
    if claim.snak == "value":
        value: Any = claim.value
        if property_id not in ("P18", "P373"):
            value = {"entity-type": "item", "numeric-id": int((claim.value or "")[1:])}
            if not claim.numeric_only:
                value["id"] = claim.value
        kind = "string" if isinstance(value, str) else "wikibase-entityid"
        snak["datavalue"] = {"value": value, "type": kind}
    found = {"mainsnak": snak, "type": "statement", "id": f"x${number}", "rank": claim.rank}
    if number % 2:
        found = dict(reversed(found.items()))
    decoy = {"snaktype": "value", "property": "P18", "datavalue": {"value": "D.jpg", "type": "s"}}
    return found | {"qualifiers": {"P18": [decoy], "P580": [{"snaktype": "novalue"}]}}


@dataclass(eq=False)
class Wiki:
    """One wiki's tables; links are written in its schema."""

    name: str
    schema: Schema
    tables: dict[str, list[Record]] = field(default_factory=dict)
    targets: dict[tuple[int, str], int] = field(default_factory=dict)
    fillers: list[int] = field(default_factory=list)

    def add(self, table: str, **record: Any) -> None:
        """One row, as it is."""
        self.tables.setdefault(table, []).append(record)

    def page(self, title: str, namespace: int = 0, *, redirect: bool = False) -> int:
        """A page; its id."""
        page_id = len(self.tables.get("page", [])) + 1
        self.add(
            "page",
            page_id=page_id,
            page_namespace=namespace,
            page_title=title,
            page_is_redirect=int(redirect),
            page_latest=page_id * 10,
        )
        return page_id

    def prop(self, page_id: int, name: str, value: str | bytes, sortkey: Any = None) -> None:
        """A page property."""
        self.add(
            "page_props", pp_page=page_id, pp_propname=name, pp_value=value, pp_sortkey=sortkey
        )

    def article(
        self,
        title: str,
        item: str | None = None,
        lead: str | None = None,
        images: tuple[str, ...] = (),
    ) -> int:
        """An article with its item, its lead image and the files it links; its id."""
        page_id = self.page(title)
        if page_id % 50 == 0:
            self.prop(page_id, "graph_specs", BLOB, -3.5)
        if item:
            self.prop(page_id, "wikibase_item", item)
        if lead is not None:
            self.prop(page_id, "page_image_free", lead)
        for name in images:
            self.image(page_id, name)
        return page_id

    def target(self, namespace: int, title: str) -> int:
        """The id of a link target, beyond 32 bits."""
        key = (namespace, title)
        if key not in self.targets:
            self.targets[key] = 5_000_000_001 + len(self.targets)
            self.add("linktarget", lt_id=self.targets[key], lt_namespace=namespace, lt_title=title)
        return self.targets[key]

    def target_id(self, namespace: int, title: str) -> int | None:
        """The same, in a wiki that has link targets."""
        return None if self.schema == "old" else self.target(namespace, title)

    def link(
        self, source: int, title: str, namespace: int = 0, *, source_namespace: int = 0
    ) -> None:
        """A page link."""
        self.add(
            "pagelinks",
            pl_from=source,
            pl_namespace=namespace,
            pl_title=title,
            pl_from_namespace=source_namespace,
            pl_target_id=self.target_id(namespace, title),
        )

    def image(self, source: int, name: str, *, source_namespace: int = 0) -> None:
        """An image link."""
        self.add(
            "imagelinks",
            il_from=source,
            il_to=name,
            il_from_namespace=source_namespace,
            il_target_id=self.target_id(6, name),
        )

    def local(self, name: str) -> None:
        """A local file."""
        self.page(name, 6)
        self.add("image", img_name=name, img_width=300, img_media_type="BITMAP")

    def fill(self, count: int) -> None:
        """Articles that stand for nothing: no item, and each links a file that is nowhere."""
        for number in range(len(self.fillers), len(self.fillers) + count):
            self.fillers.append(self.article(f"Filler_{number}"))
            if number < 400:
                self.image(self.fillers[-1], f"Nowhere_{number}.jpg")

    def linked(self, title: str, times: int) -> None:
        """So many fillers link the title."""
        for source in self.fillers[:times]:
            self.link(source, title)

    def uses(self, name: str, times: int, start: int = 0) -> None:
        """So many filler articles link the file."""
        for source in self.fillers[start : start + times]:
            self.image(source, name)

    def articles(self) -> int:
        """How many articles there are."""
        return sum(
            1
            for page in self.tables["page"]
            if page["page_namespace"] == 0 and not page["page_is_redirect"]
        )

    def write(self, writer: Writer, day: str, turn: int, tables: tuple[str, ...]) -> None:
        """Every table, also those without a row."""
        for number, table in enumerate(tables):
            records = self.tables.get(table, [])
            writer.table(self.name, day, table, records, turn * (number + 1), *WITHOUT[self.schema])


class Commons(Wiki):
    """Commons, its categories in the mixed schema."""

    def __init__(self) -> None:
        super().__init__("commonswiki", "mixed")

    def file(
        self,
        name: str,
        *categories: str,
        media_type: str | None = "BITMAP",
        width: int | None = 800,
        redirect: bool = False,
    ) -> int:
        """A file in these categories; no image row where ``width`` is None; its page id."""
        page_id = self.page(name, 6, redirect=redirect)
        if width is not None:
            self.add("image", img_name=name, img_width=width, img_media_type=media_type)
        for category in categories:
            self.member(page_id, category)
        return page_id

    def member(self, page_id: int, category: str, kind: str = "file") -> None:
        """A page in a category."""
        target = self.target(14, category)
        self.add(
            "categorylinks", cl_from=page_id, cl_to=category, cl_type=kind, cl_target_id=target
        )

    def redirect(
        self, page_id: int, target: str, namespace: int = 6, interwiki: str | None = None
    ) -> None:
        """Where a page redirects to."""
        self.add(
            "redirect",
            rd_from=page_id,
            rd_namespace=namespace,
            rd_title=target,
            rd_interwiki=interwiki,
        )

    def category(self, name: str, files: int) -> None:
        """A row of the category table."""
        number = len(self.tables.get("category", [])) + 1
        self.add("category", cat_id=number, cat_title=name, cat_pages=files + 9, cat_files=files)


class World:
    """Everything there is."""

    def __init__(self) -> None:
        self.commons = Commons()
        self.old, self.new, self.mixed = Wiki(OLD, "old"), Wiki(NEW, "new"), Wiki(MIXED, "mixed")
        self.wikis = (self.old, self.new, self.mixed)
        self.items: dict[str, dict[str, list[str | Claim]]] = {}
        self.odd: list[Record] = []
        self.media: list[Record] = []
        self.events: list[Record] = []

    def item(self, item: str, **claims: str | Claim | list[Any]) -> None:
        """An item's statements by property, on top of those it has."""
        known = self.items.setdefault(item, {})
        for property_id, values in claims.items():
            known.setdefault(property_id, []).extend(
                values if isinstance(values, list) else [values]
            )

    def subject(self, wiki: Wiki, title: str, item: str, name: str, *images: str) -> int:
        """An article whose item has a P18 that is a good picture; the article's id."""
        self.commons.file(name)
        self.item(item, P18=name)
        return wiki.article(title, item, images=images)

    def depict(self, page_id: int, **statements: list[Any]) -> None:
        """A MediaInfo entity."""
        self.media.append({"type": "mediainfo", "id": f"M{page_id}", "labels": []})
        self.media[-1]["statements"] = {
            property_id: [statement(n, property_id, value) for n, value in enumerate(values)]
            for property_id, values in statements.items()
        }

    def judge(self, wiki: Wiki, page_id: int, name: str, /, **fields: Any) -> None:
        """A feedback event before the snapshot's date; any field can be another one."""
        event = {
            "$schema": "/mediawiki/image_suggestions_feedback/2.1.0",
            "wiki": wiki.name,
            "page_id": page_id,
            "filename": name,
            "is_accepted": False,
            "is_rejected": False,
            "rejection_reasons": [],
            "dt": "2024-04-30T23:59:59Z",
            "user_id": 5,
            "meta": {"stream": "mediawiki.image_suggestions_feedback"},
        }
        self.events.append(event | fields)
