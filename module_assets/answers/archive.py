"""A family as one archive: its texts as `.lua` files, and who is to be credited for each."""

import csv
import io
import zipfile
from pathlib import Path

from module_assets.answers.family import members
from module_assets.answers.modules import history_of, revision_of, texts_of
from module_assets.answers.published import Published, Row
from resources.disk import replacing

CREDITS = "CREDITS.csv"
AT_ONCE = 50
"""Texts that are looked up together."""
_TIME = (1980, 1, 1, 0, 0, 0)
"""The same for all files, so that the same snapshot gives the same archive."""
_UNSAFE = str.maketrans(dict.fromkeys('/\\:*?"<>|\0', "_"))


def write_archive(there: Published, family_id: str, target: Path) -> int:
    """Write the archive of a family; give the number of its modules.

    Texts are under the licence of their wikis; the address of each revision names it, and leads to
    the authors.
    """
    rows = members(there, family_id)
    domains = {row["wiki_db"]: row["domain"] for row in there.sites}
    table = io.StringIO()
    told = csv.writer(table, lineterminator="\n")
    told.writerow(["file", "wiki", "title", "version", "relation", "revision", "history"])
    with replacing(target) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            texts = texts_of(there, [(row["wiki_db"], row["page_id"]) for row in some])
            for row, text in zip(some, texts.values(), strict=True):
                name = f"{row['wiki_db']}/{_file_name(row['title'])}-{row['page_id']}.lua"
                _add(archive, name, text)
                told.writerow([name, *_credit({**row, "domain": domains[row["wiki_db"]]})])
        _add(archive, CREDITS, table.getvalue())
    return len(rows)


def _credit(row: Row) -> list[str]:
    columns = (row["wiki_db"], row["title"], row["version"], row["relation"])
    return [*columns, revision_of(row), history_of(row)]


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, text)


def _file_name(title: str) -> str:
    return title.translate(_UNSAFE)[:80].strip(". ") or "module"
