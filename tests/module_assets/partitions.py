"""Partitions of the module finder written by hand; of their rows only what matters is said."""

from collections.abc import Iterable, Mapping
from typing import Any

from graph.history import PUBLISHED_AT
from graph.manifest import LEFT_OUT
from module_assets.catalog.datasets import DATASETS
from resources.lake import Lake
from tests.asset_checks import partitions
from tests.asset_checks.declared import good_row

OLD, KEY = "2026-10-05", "2026-11-02"


def keep(
    lake: Lake,
    name: str,
    rows: Iterable[Mapping[str, Any]] = (),
    *,
    snapshot: str = KEY,
    counts: partitions.Counted | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Keep rows of which some columns are given; the others are as they may be."""
    dataset = DATASETS[name]
    whole = []
    for number, given in enumerate(rows, 1):
        assert given.keys() <= {*dataset.column_names}, (name, given)
        row = dict(zip(dataset.column_names, good_row(dataset, number), strict=True)) | given
        whole.append(tuple(row.values()))
    partitions.keep(
        lake, name, whole, snapshot=snapshot, counts=counts, details=details, datasets=DATASETS
    )


def keep_manifest(
    lake: Lake, *wikis: str, snapshot: str = KEY, left_out: Mapping[str, str] | None = None
) -> None:
    """Keep the manifest of a snapshot: a file of each wiki."""
    rows = [
        {
            "source": wiki,
            "table": "templatelinks",
            "dump_date": snapshot,
            "path": f"{wiki}/{snapshot}",
            "sha1": None,
        }
        for wiki in wikis
    ]
    details = {LEFT_OUT: dict(left_out)} if left_out else {}
    keep(lake, "manifest", rows, snapshot=snapshot, details=details)


def keep_gate(lake: Lake, snapshot: str, **states: str) -> None:
    """Keep what became of a snapshot's wikis; why is `because` where one is held."""
    out = [wiki for wiki, state in states.items() if state in ("published", "released")]
    rows = [
        {
            "wiki_db": wiki,
            "state": state,
            "reason": "because" if state == "held" else "",
            "checks": None,
        }
        for wiki, state in states.items()
    ]
    times = dict.fromkeys(out, f"{snapshot}T00:00:00+00:00")
    keep(lake, "publishable", rows, snapshot=snapshot, details={PUBLISHED_AT: times})
