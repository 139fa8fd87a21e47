"""What `modules check` does: every check, on the partitions of a snapshot that are there."""

from collections.abc import Callable, Iterator
from contextlib import closing

from asset_checks.modules import MODULE_CHECKS
from graph.steps import Checked
from graph.terminal.verdicts import ORDER, Verdict, verdict_of
from module_assets.catalog.datasets import DATASETS
from module_assets.definitions import build_resources
from module_assets.rules import rules_named
from module_assets.settings import Settings
from resources.errors import UserError
from resources.lake import Lake


def check_snapshot(
    settings: Settings, snapshot: str | None, on_check: Callable[[str], None]
) -> tuple[str, list[Verdict]]:
    """Run all checks on a snapshot (the newest in the lake, if none); give its key and verdicts,
    the worst first.

    ``on_check`` hears what is checked next. Raises UserError where nothing of it is there.
    """
    engine = build_resources(settings)["engine"]
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        keys = {key for dataset in DATASETS for key in lake.snapshots(dataset)}
        if not keys:
            raise UserError(f"{settings.lake}: no snapshot is there; `modules run` makes one")
        key = snapshot or max(keys)
        if key not in keys:
            there = ", ".join(sorted(keys)[-5:])
            raise UserError(f"{settings.lake}: no snapshot {key} is there; there are {there}")
        checked = Checked(lake, engine, rules_named(settings.rules), key)
        try:
            verdicts = list(_verdicts(checked, on_check))
        finally:
            checked.engine_here().close()
    return key, sorted(verdicts, key=lambda each: ORDER.index(each[0]))


def _verdicts(checked: Checked, on_check: Callable[[str], None]) -> Iterator[Verdict]:
    missing = {name for name in DATASETS if not checked.lake.has(name, checked.snapshot)}
    for name in sorted(missing):
        yield "not there", name, "all", "materialize it first"
    for check in MODULE_CHECKS:
        name = check.spec.asset_key.path[-1]
        if name not in missing:
            on_check(name)
            yield verdict_of(name, check.spec.name, lambda: check.run(checked))  # noqa: B023
