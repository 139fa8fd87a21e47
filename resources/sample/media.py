"""The MediaInfo entity dump of Commons of one week: what is said about its files."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from resources.sample import claims
from resources.sample.columns import (
    Column,
    Ints,
    digits,
    either,
    join,
    json_quoted,
    pick,
    spaced,
)
from resources.sample.commons import Commons
from resources.sample.json_lines import (
    Property,
    item_property,
    item_values,
    map_of,
    statement_lists,
    text_values,
    write_lines,
)
from resources.sample.plan import Plan
from resources.sample.sql import DumpFile, GzipFile
from resources.sample.subjects import Subjects

BATCH = 40_000
LICENCES = (18199165, 50829104, 14946043, 6938433)
COPYRIGHT = (50423863, 19652, 88088423)


@dataclass(frozen=True)
class MediaDump:
    """The MediaInfo entities of one week, in the order of page ids."""

    plan: Plan
    subjects: Subjects
    commons: Commons
    week: int

    def write(self, file: GzipFile) -> DumpFile:
        """The whole dump."""
        return write_lines(file, self._batches())

    def _batches(self) -> Iterator[Column]:
        commons = self.commons
        order = np.argsort(commons.page_ids)
        places = np.empty(len(order), dtype=np.int64)
        places[order] = np.arange(len(order))
        made = claims.subjects_of_files(self.plan, self.subjects, commons, places)
        depicts = {name: part.lasting(self.plan, self.week) for name, part in made.items()}
        alive = commons.alive(self.week)
        for start in range(0, len(order), BATCH):
            files = order[start : start + BATCH]
            ids = join(b"M", digits(commons.page_ids[files]))
            statements = [
                statement_lists(
                    item_property(name),
                    part := whole.between(start, start + len(files)),
                    item_values(np.where(part.values >= 0, self._items(part.values), 0)),
                    ids,
                )
                for name, whole in depicts.items()
            ]
            described = files % 8 < 5
            statements = [*statements, *self._papers(files, ids)]
            kept = np.zeros(len(files), dtype=bool)
            for has, _ in statements[: len(depicts)]:
                kept |= has
            statements = [(has & (kept | described), text) for has, text in statements]
            lines = self._lines(files, ids, map_of(statements), kept | described)
            # One file in ten has no entity yet, unless it depicts something.
            there = alive[files] & (kept | (files % 10 != 3))
            yield pick(lines, np.flatnonzero(there))

    def _items(self, subjects: Ints) -> Ints:
        return self.subjects.items[np.maximum(subjects, 0)]

    def _lines(self, files: Ints, ids: Column, statements: Column, said: np.ndarray) -> Column:
        caption = json_quoted(spaced(pick(self.commons.names, files)))
        labels = join(b'{"en":{"language":"en","value":"', caption, b'"}}')
        # Of the entities without statements a third leave the member out.
        member = either(said | (files % 3 != 0), join(b',"statements":', statements), b"")
        return join(
            b'{"type":"mediainfo","id":"',
            ids,
            b'","labels":',
            either(files % 3 == 1, labels, b"[]"),
            b',"descriptions":[]',
            member,
            b',"lastrevid":',
            digits(self.commons.page_ids[files] * 7),
            b',"modified":"2026-08-11T09:10:11Z"}',
        )

    def _papers(self, files: Ints, ids: Column) -> list[tuple[np.ndarray, Column]]:
        """Licence, copyright, date and checksum: what most entities say and nothing here needs."""
        owners = np.arange(len(files))
        part = claims.Statements(
            owners, np.zeros(len(files), dtype=np.int64), np.zeros(len(files), dtype=np.int8)
        )
        day = join(
            b'{"time":"+2019-0',
            digits(1 + files % 9),
            b'-17T00:00:00Z","timezone":0,"before":0,"after":0,"precision":11,"calendarmodel":'
            b'"http://www.wikidata.org/entity/Q1985727"}',
        )
        checksum = text_values(join(b"c0ffee", digits(10**12 + files * 7919), b"badcafe"))
        return [
            statement_lists(
                item_property("P275"), part, item_values(np.array(LICENCES)[files % 4]), ids
            ),
            statement_lists(
                item_property("P6216"), part, item_values(np.array(COPYRIGHT)[files % 3]), ids
            ),
            statement_lists(Property("P571", "time", "time"), part, day, ids),
            statement_lists(Property("P4092", "string", "string"), part, checksum, ids),
        ]
