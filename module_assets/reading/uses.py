"""Reads where the modules of a wiki are used, from its link tables."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from module_assets.reading.jobs import Sources
from module_assets.reading.tables import MODULE_TRANSCLUSIONS, of_one_wiki
from resources.errors import InputError
from resources.sources.id_set import Ids, IdSet
from resources.sources.mediawiki import LINKTARGET, TEMPLATELINKS
from resources.sources.names import NS_MODULE
from resources.sources.parquet import write_parquet
from resources.sources.reading import Counts, Job, OnBytes
from resources.sources.sql_dump import SqlDump
from resources.sources.sql_rows import Mask

_SCHEMA = of_one_wiki(MODULE_TRANSCLUSIONS)


def read_transclusions(job: Job, on_bytes: OnBytes) -> Counts:
    """Read `templatelinks` with the targets of `linktarget`, in any schema, as
    MODULE_TRANSCLUSIONS; give what was counted.

    In memory are the titles of modules, and a bit for each target.
    """
    sources: Sources = job.what
    targets = _read_targets(sources.files["linktarget"], on_bytes)
    uses = _Uses(targets)
    table = replace(
        TEMPLATELINKS,
        keep=uses,
        keep_columns=("tl_from_namespace", "tl_namespace", "tl_target_id"),
    )
    dump = SqlDump(sources.files["templatelinks"], table, on_bytes)
    batches = (_resolved(batch, targets) for batch in dump)
    write_parquet(batches, _SCHEMA, job.target, dict(job.extra))
    return {
        "link targets": targets.rows,
        "link targets in the namespace": len(targets.ids),
        "rows in the dump": dump.counts.rows,
        "rows kept": dump.counts.kept,
        "rows of no link target": uses.unresolved,
        "values that are not UTF-8": dump.counts.not_utf8 + targets.not_utf8,
    }


@dataclass(frozen=True)
class _Targets:
    """The modules that something may link to, by ascending id, and the ids of all targets."""

    ids: Ids
    titles: pa.Array
    modules: IdSet
    known: IdSet
    rows: int
    not_utf8: int


class _Uses:
    """Tells which rows of templatelinks are of modules; ``unresolved`` say not what they are of."""

    def __init__(self, targets: _Targets) -> None:
        self._targets = targets
        self.unresolved = 0

    def __call__(self, rows: pa.RecordBatch) -> pa.BooleanArray:
        has_id = _are_there(rows["tl_target_id"])
        ids = rows["tl_target_id"].fill_null(0).to_numpy()
        by_title = pc.equal(rows["tl_namespace"], NS_MODULE).fill_null(False)
        is_module = np.where(
            has_id, self._targets.modules.hold(ids), by_title.to_numpy(zero_copy_only=False)
        )
        is_known = np.where(has_id, self._targets.known.hold(ids), _are_there(rows["tl_namespace"]))
        self.unresolved += int((~is_known).sum())
        return pa.array(is_module)


def _read_targets(path: Path, on_bytes: OnBytes) -> _Targets:
    known = IdSet()

    def keep(rows: pa.RecordBatch) -> pa.BooleanArray:
        try:
            known.add(rows["lt_id"].to_numpy())
        except ValueError as error:
            raise InputError(path, f"lt_id: {error}", advice="fetch the file again") from error
        return pc.equal(rows["lt_namespace"], NS_MODULE)

    table = replace(LINKTARGET, keep=keep, keep_columns=("lt_id", "lt_namespace"))
    dump = SqlDump(path, table, on_bytes)
    found = pa.Table.from_batches(dump, table.schema).sort_by("lt_id").combine_chunks()
    ids = found["lt_id"].to_numpy()
    titles = pa.concat_arrays([*found["lt_title"].chunks, pa.array([], pa.string())])
    counts = dump.counts
    return _Targets(ids, titles, IdSet(ids), known, counts.rows, counts.not_utf8)


def _resolved(batch: pa.RecordBatch, targets: _Targets) -> pa.RecordBatch:
    """Give titles for ids; all ids of the batch are those of modules."""
    has_id = batch["tl_target_id"].is_valid()
    ids = batch["tl_target_id"].fill_null(0).to_numpy()
    places = pa.array(np.searchsorted(targets.ids, ids), mask=~_are_there(batch["tl_target_id"]))
    titles = pc.if_else(has_id, targets.titles.take(places), batch["tl_title"])
    return pa.record_batch([batch["tl_from"], batch["tl_from_namespace"], titles], schema=_SCHEMA)


def _are_there(values: pa.Array) -> Mask:
    there: Mask = values.is_valid().to_numpy(zero_copy_only=False)
    return there
