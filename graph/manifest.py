"""The manifest of a snapshot: its input files, fixed once, all of them here and whole.

Which files they are is chosen by each graph; every asset that reads dumps reads it here.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from graph.declared import MANIFEST, MANIFEST_DATASET
from graph.fixed import changes, made_of
from graph.green_lights import InputFile
from graph.inputs import SnapshotInputs
from graph.partition import dump_date_of, key_of
from resources.errors import InputError
from resources.io_manager import MADE_OF, Files
from resources.lake import Lake
from resources.progress import Progress
from resources.sources.dumps import Dumps
from resources.sources.places import OnBytes, Origin, Wanted
from resources.wording import several

LEFT_OUT = "left out"
"""In the details of its statistics: why each wiki that is left out is, by wiki."""
UNREADABLE = "can not be read"
"""In the details of its statistics and of those of what is read: why, by wiki, with the file."""
CHANGED = "changed"
"""Likewise: what is another than when the files were chosen before, by path."""
TOLD = 3
_REFUSED = ".sources/refused.json"
_SCHEMA = pa.schema(
    [
        pa.field(column.name, pa.int64() if column.type == "int64" else pa.string())
        for column in MANIFEST_DATASET.columns
    ]
)


class ManifestConfig(dg.Config):
    """How the files of a snapshot are chosen. As it is, whoever starts the run vouches for them."""

    wikis: list[str] = Field(
        default=[], description="Target wikis; empty: those of the settings, or all there are."
    )
    left_out: dict[str, str] = Field(
        default={}, description="Wikis that are left out of the snapshot, and why."
    )
    settling_minutes: float = Field(
        default=0,
        description="How long a file of a dump without dumpstatus.json has to be unchanged.",
    )
    choose_again: bool = Field(
        default=False, description="Forget which files were chosen before, and choose anew."
    )

    @property
    def settling(self) -> timedelta | None:
        """How long a file has to be unchanged; None takes it as it is."""
        return timedelta(minutes=self.settling_minutes) if self.settling_minutes else None


@dataclass(frozen=True)
class Manifest:
    """The manifests of one graph. ``others`` are the sources that no snapshot can do without and
    that are no wikis; ``read`` is the dataset that remembers which wikis could not be read.
    """

    others: Collection[str]
    read: str

    def known(self, lake: Lake, key: str) -> SnapshotInputs | None:
        """Read which files make up a snapshot; None where that was not decided yet."""
        return self.inputs(lake, key) if lake.has(MANIFEST, key) else None

    def inputs(self, lake: Lake, key: str) -> SnapshotInputs:
        """Read which files make up a snapshot: those that were chosen, without the wikis of which
        one can not be read. Raises UserError where that was not decided yet.
        """
        chosen, lost = self.chosen(lake, key), self.unreadable(lake, key)
        files = tuple(file for file in chosen.files if file.source not in lost)
        return replace(chosen, files=files, left_out={**chosen.left_out, **lost})

    def unreadable(self, lake: Lake, key: str) -> dict[str, str]:
        """Give the wikis that are left out for a file that can not be read, and why."""
        found: dict[str, str] = {}
        for dataset in (MANIFEST, self.read):
            if lake.has(dataset, key):
                told: Any = lake.statistics(dataset, key).details.get(UNREADABLE, {})
                found |= told
        return found

    def chosen(self, lake: Lake, key: str) -> SnapshotInputs:
        """Read which files were chosen for a snapshot, whether they can be read or not.

        Raises UserError where that was not decided yet.
        """
        files = tuple(
            InputFile(
                row["source"],
                row["table"],
                dump_date_of(row["dump_date"]),
                row["path"],
                row["bytes"],
                row["version"],
                row["sha1"],
            )
            for row in lake.rows(MANIFEST, key)
        )
        left_out: Any = lake.statistics(MANIFEST, key).details.get(LEFT_OUT, {})
        return SnapshotInputs(key, files, left_out, self.others)

    def write(
        self,
        lake: Lake,
        place: Origin,
        inputs: SnapshotInputs,
        known: SnapshotInputs | None,
        left_out: Mapping[str, str],
        progress: Progress,
    ) -> Files:
        """Fetch and verify the files that were chosen, and write them down; those that are
        ``known`` have to be the ones of before. Raises InputError as _verified does.
        """
        before = lake.rows(MANIFEST, inputs.key) if lake.has(MANIFEST, inputs.key) else []
        progress.start(MANIFEST, sum(file.bytes for file in inputs.files))
        try:
            rows, damaged = _verified(
                lake, place, inputs, known, lambda count: progress.advance(MANIFEST, count)
            )
        finally:
            progress.finish(MANIFEST)
        details: dict[str, object] = {
            MADE_OF: made_of(rows),
            LEFT_OUT: {**inputs.left_out, **left_out, **damaged},
            UNREADABLE: damaged,
            CHANGED: changes(before, rows),
        }
        target = lake.scratch.new(MANIFEST).with_suffix(".parquet")
        pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), target)
        return Files([target], {name: value for name, value in details.items() if value})


def done_but(damaged: Mapping[str, str]) -> str:
    """Say which wikis could not be read, of a run that is done but for them; "" where all could."""
    told = [f"{wiki} is left out: {why}" for wiki, why in damaged.items()]
    return f"{several(told, TOLD)}; all else is done" if told else ""


def local_files(dumps: Dumps, files: Sequence[InputFile], on_bytes: OnBytes) -> list[Path]:
    """Give the files of a manifest on this machine, in the same order.

    Raises InputError where one is another than when the manifest was written.
    """
    for file in files:
        there = None if dumps.place.remote else dumps.place.find(file.path)
        if there and there.version != file.version:
            raise InputError(
                f"{dumps.place.name}/{file.path}",
                "changed since the manifest of its snapshot was written",
                advice=f"materialize {MANIFEST}, which says whether that is well",
            )
    wanted = [Wanted(file.path, file.bytes, file.version) for file in files]
    return dumps.place.fetch(wanted, on_bytes)


def refused(lake: Lake) -> dict[str, tuple[str, str]]:
    """Give the files that turned out to be damaged: by path, the version and why."""
    return _refused(lake.storage.read(_REFUSED))


def _refuse(lake: Lake, file: InputFile, why: str) -> None:
    def with_it(before: bytes | None) -> bytes:
        known = {**_refused(before), file.path: (file.version, why)}
        return json.dumps(known, ensure_ascii=False).encode()

    lake.storage.update(_REFUSED, with_it)


def _refused(data: bytes | None) -> dict[str, tuple[str, str]]:
    return {path: (version, why) for path, (version, why) in json.loads(data or b"{}").items()}


def _verified(
    lake: Lake,
    place: Origin,
    inputs: SnapshotInputs,
    known: SnapshotInputs | None,
    on_bytes: OnBytes,
) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Fetch all files, verify those that may be others than before, and describe them; say of
    which target wikis one is damaged, so that they are left out.

    Raises InputError for a file that is another than the one that was chosen before, and, which is
    remembered, for one that is damaged where no wiki would be left, or no snapshot can do without
    its source.
    """
    before = _fingerprints(lake, known) if known else {}
    files: list[InputFile] = []
    wanted: dict[str, list[Wanted]] = {}
    for file in inputs.files:
        there = None if place.remote else place.find(file.path)
        unchanged = file.path in before and there is not None and there.version == file.version
        if there is not None and file.path in before and there.bytes != file.bytes:
            raise _changed(place, file)
        if there is not None:
            file = replace(file, version=there.version)
        files.append(file)
        sha1 = None if unchanged else file.sha1
        of_source = wanted.setdefault(file.source, [])
        of_source.append(Wanted(file.path, file.bytes, file.version, sha1))
    fetched, failed = _fetched(place, wanted, on_bytes)
    for source, error in failed.items():
        stops = source in inputs.others or failed.keys() >= {*inputs.wikis}
        for file in files:
            if str(error.path).endswith(file.path):
                if file.path in before and place.find(file.path):
                    # Damaged or new: its dump may say another sum by now.
                    raise _changed(place, file) from error
                if stops:
                    _refuse(lake, file, error.problem)
        if stops or (known and known.of(source)):
            raise error
    rows = []
    for file in files:
        if file.source in failed:
            continue
        found = fetched[file.path]
        if before.get(file.path, found) != found:
            raise _changed(place, file)
        rows.append(_row(file, found))
    rows.sort(key=lambda row: (str(row["source"]), str(row["table"])))
    return rows, {wiki: str(error) for wiki, error in failed.items()}


def _fingerprints(lake: Lake, known: SnapshotInputs) -> dict[str, str]:
    """Give those of the files that were chosen before, by path."""
    rows = lake.rows(MANIFEST, known.key)
    return {row["path"]: row["fingerprint"] for row in rows if known.of(row["source"])}


def _fetched(
    place: Origin, wanted: Mapping[str, Sequence[Wanted]], on_bytes: OnBytes
) -> tuple[dict[str, str], dict[str, InputError]]:
    """Fetch the files of all sources; give the fingerprints of those that can be used, by path, and
    the errors of the others, by source.
    """
    try:
        return _fetch(place, [each for files in wanted.values() for each in files], on_bytes), {}
    except InputError:
        # One of them at least: each source by itself, then.
        pass
    found: dict[str, str] = {}
    failed: dict[str, InputError] = {}
    for source, files in wanted.items():
        try:
            found |= _fetch(place, files, lambda _: None)
        except InputError as error:
            failed[source] = error
    return found, failed


def _fetch(place: Origin, wanted: Sequence[Wanted], on_bytes: OnBytes) -> dict[str, str]:
    prints = place.fingerprints(wanted, on_bytes)
    return {each.path: found for each, found in zip(wanted, prints, strict=True)}


def _changed(place: Origin, file: InputFile) -> InputError:
    return InputError(
        f"{place.name}/{file.path}",
        "is another file than the one that the manifest of the snapshot names",
        advice="put back what was there, or choose the inputs anew with --choose-again",
    )


def _row(file: InputFile, checked: str) -> dict[str, object]:
    return {**asdict(file), "dump_date": key_of(file.dump_date), "fingerprint": checked}
