"""The manifest of a snapshot: its input files, fixed once, all of them here and whole.

Which files they are is chosen in choice.py; every asset that reads dumps reads it here.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import SnapshotInputs, choose_inputs
from imagesuggest_assets.snapshots.green_lights import InputFile, Looker
from imagesuggest_assets.snapshots.sources import DUMPS
from resources.disk import make_folder, put
from resources.dumps import DumpsResource
from resources.errors import InputError
from resources.io_manager import Files, LakeResource
from resources.lake import Lake
from resources.progress import Progress
from resources.sources.dumps import Dumps
from resources.sources.places import OnBytes, Place, Wanted

MANIFEST = "manifest"
LEFT_OUT = "left out"
"""In the details of its statistics: why each wiki that is left out is, by wiki."""
_REFUSED = "refused.json"
_SAMPLES = 16
_SAMPLE_BYTES = 2**18
_SCHEMA = pa.schema(
    [
        pa.field(column.name, pa.int64() if column.type == "int64" else pa.string())
        for column in DATASETS[MANIFEST].columns
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


@dataset_asset(kinds=("python",), describe=pictures.manifest, deps=DUMPS)
def manifest(
    context: dg.AssetExecutionContext,
    config: ManifestConfig,
    dumps: DumpsResource,
    lake: LakeResource,
    rules: Rules,
    progress: dg.ResourceParam[Progress],
) -> Files:
    """Chosen once: a later run of the same snapshot reads the same files.

    It refuses when one of them changed. Files are fetched where they are on a mirror, and
    verified against what the dump says of them, before anything is read.
    """
    here, key = lake.get(), context.partition_key
    found = dumps.get()
    known = None if config.choose_again else known_inputs(here, key)
    settling = timedelta(minutes=config.settling_minutes) if config.settling_minutes else None
    looker = Looker(found, settling, refused(here))
    wikis = config.wikis or dumps.target_wikis()
    inputs = choose_inputs(looker, key, wikis, rules, known)
    inputs = replace(inputs, left_out={**inputs.left_out, **config.left_out})
    progress.start(MANIFEST, sum(file.bytes for file in inputs.files))
    try:
        rows = _verified(
            here, found.place, inputs, known, lambda count: progress.advance(MANIFEST, count)
        )
    finally:
        progress.finish(MANIFEST)
    return Files(
        [_write(here, inputs, rows)], {LEFT_OUT: dict(inputs.left_out)} if inputs.left_out else {}
    )


def known_inputs(lake: Lake, key: str) -> SnapshotInputs | None:
    """Read which files make up a snapshot; None where that was not decided yet."""
    return inputs_of(lake, key) if lake.has(MANIFEST, key) else None


def inputs_of(lake: Lake, key: str) -> SnapshotInputs:
    """Read which files make up a snapshot. Raises UserError where that was not decided yet."""
    files = tuple(
        InputFile(
            row["source"],
            row["table"],
            row["dump_date"].replace("-", ""),
            row["path"],
            row["bytes"],
            row["version"],
            row["sha1"],
        )
        for row in _rows(lake, key)
    )
    left_out = lake.statistics(MANIFEST, key).details.get(LEFT_OUT, {})
    return SnapshotInputs(key, files, left_out)  # type: ignore[arg-type]


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
    try:
        found = json.loads((lake.path / ".sources" / _REFUSED).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return {path: (version, why) for path, (version, why) in found.items()}


def _refuse(lake: Lake, file: InputFile, why: str) -> None:
    folder = lake.path / ".sources"
    make_folder(folder)
    known = {**refused(lake), file.path: (file.version, why)}
    put(folder / _REFUSED, json.dumps(known, ensure_ascii=False))


def _rows(lake: Lake, key: str) -> list[dict[str, Any]]:
    return [row for file in lake.files(MANIFEST, key) for row in pq.read_table(file).to_pylist()]


def _verified(
    lake: Lake,
    place: Place,
    inputs: SnapshotInputs,
    known: SnapshotInputs | None,
    on_bytes: OnBytes,
) -> list[dict[str, object]]:
    """Fetch all files, verify those that may be others than before, and describe them.

    Raises InputError for a file that is damaged, which is remembered, or is another than the one
    that was chosen before.
    """
    before = {row["path"]: row["fingerprint"] for row in _rows(lake, inputs.key)} if known else {}
    files, wanted = [], []
    for file in inputs.files:
        there = None if place.remote else place.find(file.path)
        unchanged = file.path in before and there is not None and there.version == file.version
        if there is not None and file.path in before and there.bytes != file.bytes:
            raise _changed(place, file)
        if there is not None:
            file = replace(file, version=there.version)
        files.append(file)
        sha1 = None if unchanged else file.sha1
        wanted.append(Wanted(file.path, file.bytes, file.version, sha1))
    try:
        paths = place.fetch(wanted, on_bytes)
    except InputError as error:
        for file in files:
            if str(error.path).endswith(file.path):
                if file.path in before and place.find(file.path):
                    # Damaged or new: its dump may say another sum by now.
                    raise _changed(place, file) from error
                _refuse(lake, file, error.problem)
        raise
    rows = []
    for file, path in zip(files, paths, strict=True):
        found = fingerprint(path)
        if before.get(file.path, found) != found:
            raise _changed(place, file)
        rows.append(_row(file, found))
    return sorted(rows, key=lambda row: (str(row["source"]), str(row["table"])))


def _changed(place: Place, file: InputFile) -> InputError:
    return InputError(
        f"{place.name}/{file.path}",
        "is another file than the one that the manifest of the snapshot names",
        advice="put back what was there, or choose the inputs anew with --choose-again",
    )


def fingerprint(file: Path) -> str:
    """Compute a sha1, in hexadecimal, of a file's size and of parts of it from begin to end.

    It tells an unchanged file from another in a moment, also where that has a hundred gigabytes:
    a compressed file differs at its end when it differs at all.
    """
    size = file.stat().st_size
    digest = hashlib.sha1(str(size).encode(), usedforsecurity=False)
    last = max(size - _SAMPLE_BYTES, 0)
    with file.open("rb") as opened:
        for number in range(_SAMPLES):
            opened.seek(last * number // (_SAMPLES - 1))
            digest.update(opened.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _row(file: InputFile, checked: str) -> dict[str, object]:
    row = asdict(file)
    day = file.dump_date
    return {**row, "dump_date": f"{day[:4]}-{day[4:6]}-{day[6:]}", "fingerprint": checked}


def _write(lake: Lake, inputs: SnapshotInputs, rows: list[dict[str, object]]) -> Path:
    target = lake.scratch.new(MANIFEST).with_suffix(".parquet")
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), target)
    return target
