"""A hand-made Wikimedia in which each rule and each trap of SPEC sections 1 to 6 is at its edge.

This module puts it together and on disk. The cases are in ``traps_signals``, ``traps_links``,
``traps_articles``, ``traps_redirects``, ``traps_entities`` and ``traps_feedback``; ``traps_world``
has the words they are told in.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.traps_articles import add_articles
from tests.acceptance.traps_entities import add_entities
from tests.acceptance.traps_feedback import add_feedback
from tests.acceptance.traps_links import add_links
from tests.acceptance.traps_redirects import add_redirects
from tests.acceptance.traps_signals import add_signals
from tests.acceptance.traps_world import Claim, World, statement
from tests.acceptance.traps_writing import Compression, Record, Writer, json_lines

SNAPSHOT = "2024-05-08"
_DAY, _COMMONS_DAY, _ITEMS_DAY, _MEDIA_DAY = "20240508", "20240403", "20240506", "20240508"
_WIKI_TABLES = ("page", "page_props", "pagelinks", "linktarget", "imagelinks", "image")
_COMMONS_TABLES = ("page", "categorylinks", "linktarget")
_OPTIONAL_TABLES = ("image", "category", "redirect")


def write_traps(directory: Path, *, compression: Compression = "gz", optional: bool = True) -> str:
    """Write the dumps into the folder; the key of their snapshot.

    Target wikis are ``be_x_oldwiki`` (old link schema), ``newwiki`` and ``mixwiki``. There are
    dumps of other dates too, all empty, which are not to be read. ``optional`` files are the
    image, category and redirect tables of Commons and the feedback.
    """
    world = build_world()
    writer = Writer(directory, compression)
    for turn, wiki in enumerate(world.wikis):
        wiki.write(writer, _DAY, turn, _WIKI_TABLES)
    world.commons.write(
        writer, _COMMONS_DAY, 2, _COMMONS_TABLES + (_OPTIONAL_TABLES if optional else ())
    )
    writer.checksums(world.new.name, _DAY)
    wikibase = "other/wikibase/{}/{}/{}-{}-{}.json"
    items = wikibase.format("wikidatawiki", _ITEMS_DAY, "wikidata", _ITEMS_DAY, "all")
    lines = json_lines(_entities(world), array=True)
    # A byte order mark, a batch that was empty, and a blank line.
    lines = b"\xef\xbb\xbf" + lines.replace(b",\n", b",\n,\n \n", 1)
    writer.compressed(items, lines, members=3)
    media = wikibase.format("commonswiki", _MEDIA_DAY, "commons", _MEDIA_DAY, "mediainfo")
    writer.compressed(media, json_lines(world.media, array=False), members=2)
    if optional:
        _write_events(writer, world.events)
    _write_other_dates(writer)
    return SNAPSHOT


def build_world() -> World:
    """Everything, before it is written."""
    world = World()
    for wiki, fillers in ((world.old, 2600), (world.new, 600), (world.mixed, 2600)):
        wiki.fill(fillers)
    add_signals(world)
    add_links(world)
    add_articles(world)
    add_feedback(world)
    add_redirects(world)
    add_entities(world)
    # The limits of overuse: five at 13,334 articles, four at 13,333.
    world.old.fill(13_334 - world.old.articles())
    world.mixed.fill(13_333 - world.mixed.articles())
    # Links with a target, so that those without are few.
    for number in range(150):
        world.commons.file(f"Filler_{number}.jpg", "Fillers")
    return world


def _entities(world: World) -> Iterator[Record]:
    """The items in every shape they have, with properties and lexemes between them."""
    for number, (item, claims) in enumerate(world.items.items()):
        label = {"en": {"language": "en", "value": 'Label "P18":[{"é😀", \\'}}
        statements = {
            property_id: [
                statement(place, property_id, claim) for place, claim in enumerate(values)
            ]
            for property_id, values in claims.items()
            if values
        }
        other = statement(number, "P361", Claim("Q577", "preferred"))
        entity = {
            "type": "item",
            "id": item,
            "labels": label if number % 2 else [],
            "descriptions": [],
            "claims": statements | {"P361": [other]} if statements else {},
            "sitelinks": [] if number % 3 else {"newwiki": {"site": "newwiki", "title": "P373"}},
            "lastrevid": 3_000_000_000 + number,
        }
        if item == "Q5200":
            entity["claims"] = []
        yield dict(reversed(entity.items())) if number % 5 == 0 else entity
        if number % 100 == 0:
            wrong = {"P18": [statement(0, "P18", "Of_lexeme.jpg")]}
            yield {"type": "lexeme", "id": f"L{number + 1}", "lemmas": {}, "claims": wrong}
            yield {"type": "property", "id": f"P{number + 1}", "datatype": "x", "claims": wrong}
            yield {"entity": f"Q{90_000 + number}", "redirect": "Q1100"}
    yield from world.odd


def _write_events(writer: Writer, events: list[Record]) -> None:
    """Some plain, some compressed, neither in the order of their dates."""
    path, half = "event/mediawiki_image_suggestions_feedback/{}.json", len(events) // 2
    writer.plain(path.format("later"), json_lines(events[:half], array=False))
    writer.compressed(path.format("earlier"), json_lines(events[half:], array=False))


def _write_other_dates(writer: Writer) -> None:
    """Dumps that are too new, too old, or not the newest; and a wiki without the snapshot's."""
    empty = World()
    for wiki, day in ((empty.new, "20240501"), (empty.new, "20240515")):
        wiki.write(writer, day, 0, _WIKI_TABLES)
    for day in ("20240402", "20240509"):
        empty.commons.write(writer, day, 0, _COMMONS_TABLES)
    empty.old.name = "pastwiki"
    empty.old.write(writer, "20240501", 0, _WIKI_TABLES)
    nothing = json_lines([], array=True)
    for day in ("20240403", "20240505", "20240509"):
        for folder, stem in (
            ("wikidatawiki", "wikidata-{}-all"),
            ("commonswiki", "commons-{}-mediainfo"),
        ):
            path = f"other/wikibase/{folder}/{day}/{stem.format(day)}.json"
            writer.compressed(path, nothing)
