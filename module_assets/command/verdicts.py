"""What `modules check` does: every check, on the partitions of a snapshot that are there."""

from collections.abc import Callable
from contextlib import closing

from asset_checks.modules import MODULE_CHECKS
from graph.steps import Checked
from graph.terminal.verdicts import Verdict, checked_key, verdicts_of
from module_assets.catalog.asset import CATALOG
from module_assets.definitions import build_resources
from module_assets.rules import Rules
from module_assets.settings import Settings
from resources.lake import Lake


def check_snapshot(
    settings: Settings, snapshot: str | None, on_check: Callable[[str], None]
) -> tuple[str, list[Verdict]]:
    """Run all checks on a snapshot (the newest in the lake, if none); give its key and verdicts.

    ``on_check`` hears what is checked next. Raises UserError where nothing of it is there.
    """
    engine = build_resources(settings)["engine"]
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        key = checked_key(CATALOG, lake, snapshot)
        checked = Checked(lake, engine, Rules.named(settings.rules), key)
        try:
            return key, list(verdicts_of(CATALOG, MODULE_CHECKS, checked, on_check))
        finally:
            checked.engine_here().close()
