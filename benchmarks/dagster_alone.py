"""A run of a graph that computes nothing, with as many assets and steps of checks as a snapshot
has: what Dagster takes by itself, below which no run can be. Measured by startup.py.
"""

import os
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from imagesuggest_assets.catalog.datasets import DATASETS
from resources.instance import open_instance

INPUTS = 2
"""Of an asset, about."""
CHECKED, CHECKS = 28, 3
"""Assets with a step of checks, and checks in one."""
_SNAPSHOTS = dg.DynamicPartitionsDefinition(name="snapshot")


class Nothing(dg.IOManager):
    """Keeps nothing, and says as much of it as is said of any partition."""

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """See IOManager."""
        context.add_output_metadata({"rows": 1, "preview": dg.MetadataValue.md("nothing")})

    def load_input(self, context: dg.InputContext) -> None:
        """See IOManager."""


def _asset(number: int) -> dg.AssetsDefinition:
    above = [f"asset_{other}" for other in range(max(0, number - INPUTS), number)]
    ins = {name: dg.AssetIn(name) for name in above}

    @dg.asset(name=f"asset_{number}", ins=ins, partitions_def=_SNAPSHOTS)
    def asset(context: dg.AssetExecutionContext, **_: Any) -> int:
        return 1

    return asset


def _checks(number: int) -> dg.AssetChecksDefinition:
    name = f"asset_{number}"
    specs = [dg.AssetCheckSpec(f"check_{each}", asset=name) for each in range(CHECKS)]

    @dg.multi_asset_check(name=f"checks_{number}", specs=specs)
    def checks() -> Iterator[dg.AssetCheckResult]:
        for spec in specs:
            yield dg.AssetCheckResult(passed=True, check_name=spec.name, asset_key=name)

    return checks


def main() -> None:
    """Run it, with a history of its own."""
    definitions = dg.Definitions(
        assets=[_asset(number) for number in range(len(DATASETS))],
        asset_checks=[_checks(number) for number in range(CHECKED)],
        jobs=[dg.define_asset_job("all", dg.AssetSelection.all())],
        resources={"io_manager": Nothing()},
    )
    quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    with TemporaryDirectory() as home:
        os.environ["DAGSTER_HOME"] = home
        instance = open_instance()
        instance.add_dynamic_partitions(str(_SNAPSHOTS.name), ["2026-11-02"])
        definitions.resolve_job_def("all").execute_in_process(
            quiet, instance=instance, partition_key="2026-11-02"
        )


if __name__ == "__main__":
    main()
