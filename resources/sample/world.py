"""A made-up Wikimedia as a whole, and the pieces of work that write it down."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from resources.sample.commons import Commons, make_commons
from resources.sample.commons_tables import CommonsDump
from resources.sample.items import ItemDump
from resources.sample.media import MediaDump
from resources.sample.names import languages
from resources.sample.plan import Plan
from resources.sample.sql import DumpFile, GzipFile, SqlFile, Table
from resources.sample.subjects import Subjects, make_subjects
from resources.sample.tables import Schema
from resources.sample.wiki import Wiki, make_wiki
from resources.sample.wiki_tables import WikiDump


@dataclass(frozen=True)
class World:
    """All there is in all weeks; ``folder`` is where it is written."""

    plan: Plan
    subjects: Subjects
    commons: Commons
    wikis: tuple[Wiki, ...]
    commons_schema: Schema
    folder: Path

    def stamp(self, week: int) -> str:
        """The date of a week's dumps, as their names have it."""
        return f"{self.plan.day(week):%Y%m%d}"

    def dump_folder(self, wiki: str, week: int) -> Path:
        """Where the dumps of a wiki (commonswiki too) of a week are."""
        return self.folder / wiki / self.stamp(week)


@dataclass(frozen=True)
class Job:
    """A piece of work: the dump of ``owner`` in a ``week`` that its files belong to."""

    owner: str
    week: int
    what: str
    write: Callable[[], list[DumpFile]]


def make_world(plan: Plan, commons_schema: Schema, folder: Path) -> World:
    """Wikis of Zipf-like sizes, and as many subjects as they need."""
    shares = 1.0 / np.arange(1, plan.wikis + 1)
    sizes = np.maximum(1, np.floor(plan.articles * shares / shares.sum())).astype(np.int64)
    sizes[0] += max(0, plan.articles - int(sizes.sum()))
    largest = int(sizes[0])
    subjects = make_subjects(plan.seed, int(largest * 1.1 + 0.3 * (sizes.sum() - largest)) + 20)
    commons = make_commons(plan, subjects)
    wikis = tuple(
        make_wiki(plan, language, index, int(sizes[index]), subjects, commons)
        for index, language in enumerate(languages(plan.wikis))
    )
    return World(plan, subjects, commons, wikis, commons_schema, folder)


def jobs_of(world: World, week: int) -> list[Job]:
    """All work of a week, the longest first; no two write the same file."""
    wikis, shared = world.wikis, [ITEMS, MEDIA]
    return [
        *(
            Job(wiki.name, week, "pagelinks", partial(_links, world, wiki, week))
            for wiki in wikis[:1]
        ),
        *(Job(owner, week, "entities", partial(_entities, world, owner, week)) for owner in shared),
        *(
            Job(wiki.name, week, "pagelinks", partial(_links, world, wiki, week))
            for wiki in wikis[1:]
        ),
        Job("commonswiki", week, "tables", partial(_commons, world, week)),
        *(Job(wiki.name, week, "tables", partial(_wiki, world, wiki, week)) for wiki in wikis),
    ]


ITEMS, MEDIA = "other/wikibase/wikidatawiki", "other/wikibase/commonswiki"


def _opener(world: World, wiki: str, week: int) -> Callable[[Table], SqlFile]:
    folder, stamp = world.dump_folder(wiki, week), world.stamp(week)

    def open_table(table: Table) -> SqlFile:
        path = folder / f"{wiki}-{stamp}-{table.name}.sql.gz"
        return SqlFile(path, wiki, table, world.plan.day(week))

    return open_table


def _wiki_dump(world: World, wiki: Wiki, week: int) -> WikiDump:
    opener = _opener(world, wiki.name, week)
    return WikiDump(world.plan, wiki, world.subjects, world.commons, week, opener)


def _links(world: World, wiki: Wiki, week: int) -> list[DumpFile]:
    return [_wiki_dump(world, wiki, week).pagelinks()]


def _wiki(world: World, wiki: Wiki, week: int) -> list[DumpFile]:
    dump = _wiki_dump(world, wiki, week)
    imagelinks, leads, used = dump.imagelinks()
    rest = (dump.linktarget(used), dump.page(), dump.page_props(leads), dump.image())
    return [imagelinks, *rest]


def _commons(world: World, week: int) -> list[DumpFile]:
    opener = _opener(world, "commonswiki", week)
    dump = CommonsDump(world.plan, world.commons, world.commons_schema, week, opener)
    categories = (dump.categorylinks(), dump.linktarget(), dump.category())
    return [dump.page(), dump.image(), *categories, dump.redirect()]


def _entities(world: World, owner: str, week: int) -> list[DumpFile]:
    stamp = world.plan.entities_day(week).strftime("%Y%m%d")
    name = f"wikidata-{stamp}-all" if owner == ITEMS else f"commons-{stamp}-mediainfo"
    arguments = (world.plan, world.subjects, world.commons)
    with GzipFile(world.folder / owner / stamp / f"{name}.json.gz") as file:
        if owner == ITEMS:
            return [ItemDump(*arguments, world.wikis, week).write(file)]
        return [MediaDump(*arguments, week).write(file)]
