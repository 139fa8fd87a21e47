"""The papers beside a dump's files: dumpstatus.json and the lists of checksums."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from resources.sample.sql import DumpFile

# Jobs of the same dump whose files a sample does not have.
OTHER_JOBS = ("namespaces", "articlesdump")
_EXPORTS = {
    "siteinfo-namespaces": "namespaces",
    "pages-articles-multistream": "articlesmultistreamdump",
    "pages-articles": "articlesdump",
    "pages-meta-current": "metacurrentdump",
}


def write_status(folder: Path, wiki: str, day: date, files: Sequence[DumpFile]) -> None:
    """dumpstatus.json and the sha1 list of a wiki's dump, as when all of it is done."""
    jobs: dict[str, Any] = {
        name: {"status": "done", "updated": _moment(day, 0)} for name in OTHER_JOBS
    }
    ordered = sorted(files, key=lambda file: file.path.name)
    for number, file in enumerate(ordered):
        entry = {
            "size": file.bytes,
            "url": f"/{wiki}/{day:%Y%m%d}/{file.path.name}",
            "md5": file.md5,
            "sha1": file.sha1,
        }
        job = jobs.setdefault(_job_of(file.path.name), {"status": "done"})
        job["updated"] = _moment(day, number)
        job.setdefault("files", {})[file.path.name] = entry
    status = {"version": "0.8", "jobs": jobs}
    (folder / "dumpstatus.json").write_text(json.dumps(status, indent=1) + "\n")
    write_sums(folder / f"{wiki}-{day:%Y%m%d}-sha1sums.txt", ordered)


def write_sums(path: Path, files: Sequence[DumpFile]) -> None:
    """A list of sha1 sums, in the form that sha1sum checks."""
    path.write_text("".join(f"{file.sha1}  {file.path.name}\n" for file in files))


def _job_of(name: str) -> str:
    """The job of a dump that writes a file: one for each table, and one for each kind of export."""
    if name.endswith(".sql.gz"):
        table = name.removesuffix(".sql.gz").rpartition("-")[2]
        return f"{table.replace('_', '')}table"
    return next(job for part, job in _EXPORTS.items() if f"-{part}" in name)


def _moment(day: date, number: int) -> str:
    return f"{day.isoformat()} 0{1 + number % 8}:41:07"
