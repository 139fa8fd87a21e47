"""What a job is given: the files of one wiki by what they are called in resources' ModuleDumps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from resources.errors import InputError
from resources.sources.export.files import open_export
from resources.sources.export.multistream import Multistream
from resources.sources.export.plain import PlainExport
from resources.sources.id_set import Ids
from resources.sources.module_dumps import INDEX, TEXT
from resources.sources.names import NS_MODULE
from resources.sources.reading import Job, OnBytes, wiki_of

Files = Mapping[str, Path]
"""The files of a wiki, by their names in it (`text 1`, `linktarget`), on this machine."""
NO_IDS: Ids = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Sources:
    """``files`` are those that are read, and ``page_ids`` the modules of the wiki, where only what
    is said of them is read.
    """

    files: Files
    page_ids: Ids = field(default_factory=lambda: NO_IDS)

    def all_of(self, what: str) -> list[Path]:
        """Give the files of a name, or of a name with a number or a range, in their order."""
        named = [name for name in self.files if name.partition(" ")[0] == what]
        # Numbers by their size, ranges of time as they are written.
        return [self.files[name] for name in sorted(named, key=lambda name: (len(name), name))]


def export_of(job: Job, on_bytes: OnBytes | None = None) -> Multistream | PlainExport:
    """Open a wiki's export. Raises InputError where it is another wiki's, or none."""
    sources: Sources = job.what
    dumps, indexes = sources.all_of(TEXT), sources.all_of(INDEX)
    export = open_export(dumps, indexes, NS_MODULE, on_bytes)
    found, wiki = export.siteinfo.wiki_db, wiki_of(job)
    if found and found != wiki:
        raise InputError(dumps[0], f"it is an export of {found}, expected one of {wiki}")
    return export
