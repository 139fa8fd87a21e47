"""The Wikidata entity dump of one week: items by number, other entities between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from resources.sample import claims
from resources.sample.columns import (
    Column,
    Ints,
    Mask,
    choose,
    concatenate,
    digits,
    either,
    gather,
    join,
    json_quoted,
    pick,
    spaced,
)
from resources.sample.commons import RENAMED_PREFIX, Commons
from resources.sample.json_lines import (
    Property,
    item_property,
    item_values,
    map_of,
    statement_lists,
    text_values,
    with_lines_between,
    write_lines,
)
from resources.sample.names import LATIN
from resources.sample.odd_entities import odd_items
from resources.sample.plan import Plan
from resources.sample.sql import DumpFile, GzipFile
from resources.sample.subjects import PERSON, PLACE, Subjects
from resources.sample.wiki import Wiki

BATCH = 20_000
DESCRIPTIONS = (
    ("human", "Mensch", "ser humano", "человек"),
    ("human settlement", "Ort", "povoação", "населённый пункт"),
    ("species of beetle", "Art der Käfer", "espécie de besouro", "вид жуков"),
    ("film", "Film", "filme", "фильм"),
    ("organization", "Organisation", "organização", "организация"),
    ("event", "Ereignis", "acontecimento", "событие"),
    ("Wikimedia list article", "Wikimedia-Liste", "lista da Wikimedia", "статья-список"),
    ("Wikimedia disambiguation page", "Begriffsklärungsseite", "desambiguação", "неоднозначность"),
    ("year", "Jahr", "ano", "год"),
    ("family name", "Familienname", "apelido de família", "фамилия"),
)
LABELS = ("en", "de", "fr", "es", "pt", "nl", "it", "sv", "ca", "id", "mul")
FEW_LABELS = LABELS[:4]
REFERENCE = (
    b',"references":[{"hash":"fa278ebfc458360e5aed63d5058cca83c46134f1","snaks":{"P143":[{'
    b'"snaktype":"value","property":"P143","datavalue":{"value":{"entity-type":"item",'
    b'"numeric-id":328,"id":"Q328"},"type":"wikibase-entityid"},"datatype":"wikibase-item"}]},'
    b'"snaks-order":["P143"]}]'
)
GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
EARTH = "http://www.wikidata.org/entity/Q2"


@dataclass(frozen=True)
class ItemDump:
    """The items of one week, in the order of their numbers."""

    plan: Plan
    subjects: Subjects
    commons: Commons
    wikis: Sequence[Wiki]
    week: int

    def write(self, file: GzipFile) -> DumpFile:
        """The whole dump."""
        return write_lines(file, self._batches())

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(self.subjects.items)

    @cached_property
    def _places(self) -> Ints:
        places = np.empty(len(self._order), dtype=np.int64)
        places[self._order] = np.arange(len(self._order))
        return places

    def _batches(self) -> Iterator[Column]:
        made = (self.plan, self.subjects, self.commons, self._places)
        pictures = claims.pictures_of_items(*made).lasting(self.plan, self.week)
        categories = claims.categories_of_items(*made).lasting(self.plan, self.week)
        classes = claims.classes_of_items(self.plan, self.subjects, self._places)
        odd = odd_items(self.subjects, self.commons)
        for start in range(0, len(self._order), BATCH):
            rows = self._order[start : start + BATCH]
            after = start + len(rows)
            ids = join(b"Q", digits(self.subjects.items[rows]))
            statements = [
                self._classes(classes.between(start, after), ids),
                self._pictures(pictures.between(start, after), ids),
                self._categories(categories.between(start, after), ids),
                *self._others(rows, ids),
            ]
            # Stubs without any statement: disambiguation pages as they are first imported.
            bare = ~np.logical_or.reduce([has for has, _ in statements[:3]]) & (rows % 2 == 0)
            statements = [(has & ~bare, text) for has, text in statements]
            lines = self._lines(rows, ids, map_of(statements), self._sitelinks(start, after))
            yield with_lines_between(lines, odd)
            odd = []

    def _lines(self, rows: Ints, ids: Column, statements: Column, sitelinks: Column) -> Column:
        name = json_quoted(spaced(self.subjects.titles(LATIN, rows)))
        return join(
            b'{"type":"item","id":"',
            ids,
            b'","labels":',
            self._labels(rows, name),
            b',"descriptions":',
            choose([_descriptions(kind) for kind in DESCRIPTIONS], self.subjects.kinds[rows]),
            b',"aliases":',
            either(rows % 5 == 0, _aliases(name), b"[]"),
            b',"claims":',
            statements,
            b',"sitelinks":',
            sitelinks,
            b',"pageid":',
            digits(rows + 129),
            b',"ns":0,"title":"',
            ids,
            b'","lastrevid":',
            digits(self.subjects.items[rows] * 31),
            b',"modified":"2026-09-27T01:02:03Z"}',
        )

    def _labels(self, rows: Ints, name: Column) -> Column:
        """The same name in several languages; the famous in more, some items without any."""
        many = rows < len(self.subjects) // 3
        labels = either(many, _in_languages(LABELS, name), _in_languages(FEW_LABELS, name))
        return either(rows % 97 == 7, b"[]", labels)

    def _classes(self, part: claims.Statements, ids: Column) -> tuple[Mask, Column]:
        values = item_values(part.values)
        return statement_lists(item_property("P31"), part, values, ids, REFERENCE)

    def _pictures(self, part: claims.Statements, ids: Column) -> tuple[Mask, Column]:
        names = pick(self.commons.names, np.maximum(part.values, 0))
        names = either(part.values >= 0, names, b"Wanted_since_2011.jpg")
        names = either(part.values == claims.RENAMED, self._redirect, names)
        written = _as_people_write(names, part.owners + part.values, b"File:")
        property_ = Property("P18", "commonsMedia", "string")
        return statement_lists(property_, part, text_values(json_quoted(written)), ids)

    @cached_property
    def _redirect(self) -> bytes:
        """The name of a file's page that is a redirect, since the file was renamed."""
        return RENAMED_PREFIX + bytes(self.commons.names[0].as_py())

    def _categories(self, part: claims.Statements, ids: Column) -> tuple[Mask, Column]:
        names = either(
            part.values >= 0,
            pick(self.commons.categories, np.maximum(part.values, 0)),
            b"Category_that_was_renamed",
        )
        written = _as_people_write(names, part.owners + part.values, b"category: ")
        property_ = Property("P373", "string", "string")
        return statement_lists(property_, part, text_values(json_quoted(written)), ids, REFERENCE)

    def _others(self, rows: Ints, ids: Column) -> list[tuple[Mask, Column]]:
        """Statements that suggest nothing but make up most of an item."""
        kinds = self.subjects.kinds[rows]
        everywhere = np.ones(len(rows), dtype=bool)
        number = digits(self.subjects.items[rows])
        year = digits(1600 + rows % 400)
        time = join(
            b'{"time":"+',
            year,
            b'-03-21T00:00:00Z","timezone":0,"before":0,"after":0,"precision":11,"calendarmodel":"'
            + GREGORIAN.encode()
            + b'"}',
        )
        degrees = digits(rows % 89)
        place = join(
            b'{"latitude":',
            degrees,
            b'.52,"longitude":-',
            degrees,
            b'.083333333333333,"altitude":null,"precision":0.0001,"globe":"'
            + EARTH.encode()
            + b'"}',
        )
        country = item_values(np.array([155, 230, 843, 668, 159, 16635])[rows % 6])
        return [
            self._one("P17", "wikibase-item", "wikibase-entityid", kinds != PERSON, country, ids),
            self._one("P569", "time", "time", kinds == PERSON, time, ids),
            self._one("P625", "globe-coordinate", "globecoordinate", kinds == PLACE, place, ids),
            self._one(
                "P646", "external-id", "string", everywhere, join(b'"/m/0', number, b'"'), ids
            ),
        ]

    def _one(
        self, name: str, datatype: str, kind: str, has: Mask, values: Column, ids: Column
    ) -> tuple[Mask, Column]:
        owners = np.flatnonzero(has)
        ranks = np.zeros(len(owners), dtype=np.int8)
        part = claims.Statements(owners, np.zeros(len(owners), dtype=np.int64), ranks)
        property_ = Property(name, datatype, kind)
        return statement_lists(property_, part, pick(values, owners), ids, REFERENCE)

    @cached_property
    def _articles(self) -> tuple[Ints, Ints, Ints, Column]:
        """(place of the item, wiki, row of the title), by place, and the titles."""
        places, wikis, rows, first = [], [], [], 0
        for wiki in self.wikis:
            there = np.flatnonzero((wiki.items >= 0) & wiki.alive(self.week)[: wiki.articles])
            places.append(self._places[wiki.items[there]])
            wikis.append(np.full(len(there), wiki.index))
            rows.append(first + there)
            first += wiki.articles
        titles = concatenate([wiki.titles.slice(0, wiki.articles) for wiki in self.wikis])
        order = np.argsort(np.concatenate(places), kind="stable")
        return (
            np.concatenate(places)[order],
            np.concatenate(wikis)[order],
            np.concatenate(rows)[order],
            titles,
        )

    def _sitelinks(self, start: int, after: int) -> Column:
        """The articles of each item on the wikis; ``[]`` where there are none."""
        places, wikis, rows, titles = self._articles
        low, high = np.searchsorted(places, [start, after])
        first_rows = np.searchsorted(places[low:high], np.arange(start, after + 1))
        follows = np.ones(high - low, dtype=bool)
        has = first_rows[:-1] < first_rows[1:]
        follows[first_rows[:-1][has]] = False
        sites = choose([wiki.name for wiki in self.wikis], wikis[low:high])
        links = join(
            either(follows, b',"', b'"'),
            sites,
            b'":{"site":"',
            sites,
            b'","title":"',
            json_quoted(spaced(pick(titles, rows[low:high]))),
            b'","badges":[]}',
        )
        grouped = gather(links, first_rows)
        return join(either(has, b"{", b"["), grouped, either(has, b"}", b"]"))


def _descriptions(texts_: tuple[str, ...]) -> str:
    languages = ("en", "de", "pt", "ru")
    members = [
        f'"{language}":{{"language":"{language}","value":"{text}"}}'
        for language, text in zip(languages, texts_, strict=True)
    ]
    return "{" + ",".join(members) + "}"


def _in_languages(languages: Sequence[str], name: Column) -> Column:
    pieces: list[Any] = []
    for number, language in enumerate(languages):
        opening = "{" if number == 0 else '"},'
        pieces += [f'{opening}"{language}":{{"language":"{language}","value":"'.encode(), name]
    return join(*pieces, b'"}}')


def _aliases(name: Column) -> Column:
    return join(
        b'{"en":[{"language":"en","value":"The ',
        name,
        b'"},{"language":"en","value":"',
        name,
        b' (old name)"}]}',
    )


def _as_people_write(names: Column, luck: Ints, namespace: bytes) -> Column:
    """Names as they are spelled on Wikidata: mostly with spaces, some decomposed or sloppy."""
    plain = spaced(names).cast(pa.string())
    first = pc.utf8_lower(pc.utf8_slice_codeunits(plain, 0, 1)).cast(pa.binary())
    lower = join(first, pc.utf8_slice_codeunits(plain, 1).cast(pa.binary()))
    decomposed = pc.utf8_normalize(plain, form="NFD").cast(pa.binary())
    spelled = plain.cast(pa.binary())
    wide = pc.replace_substring(spelled, pattern=b" ", replacement="\u00a0".encode())
    twice = pc.replace_substring(spelled, pattern=b" ", replacement=b" _")
    others = (
        lower,
        decomposed,
        names,
        join(b" ", spelled, b" "),
        join("\u200e".encode(), spelled, "\u202c".encode()),
        join(namespace, spelled),
        wide,
        twice,
    )
    kind = luck % 31
    for code, other in enumerate(others, 1):
        spelled = either(kind == code, other, spelled)
    return spelled
