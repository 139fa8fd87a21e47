"""The checks of a dataset, as one step of a run: a step costs more than most checks do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import dagster as dg

from graph import shown
from graph.catalog import Catalog
from graph.rules import GraphRules
from resources.engine import Engine, EngineResource
from resources.io_manager import LakeResource
from resources.lake import Lake

CHECKS_OF = "checks_of_"
"""What the names of steps begin with that check, and compute nothing."""


@dataclass(frozen=True)
class Checked:
    """What a check of a dataset may look at: one snapshot, and all that was computed before it.

    ``rules`` are those of the check's own graph.
    """

    lake: Lake
    engine: EngineResource
    rules: Any
    snapshot: str

    def engine_here(self) -> Engine:
        """Give the engine, started when it is first asked for."""
        return self.engine.get(self.lake.scratch.path)


@dataclass(frozen=True)
class Check:
    """A check of one snapshot of a dataset, and what finds out whether it passes."""

    spec: dg.AssetCheckSpec
    run: Callable[[Checked], dg.AssetCheckResult]


def check_of(
    catalog: Catalog,
    dataset: str,
    name: str,
    run: Callable[[Checked], dg.AssetCheckResult],
    *,
    description: str,
    blocking: bool = False,
    compared: Sequence[str] = (),
) -> Check:
    """Declare a check whose failures page; ``compared`` are other datasets that it reads.

    A blocking one that fails stops what is computed from the dataset.
    """
    spec = dg.AssetCheckSpec(
        name,
        asset=catalog.key(dataset),
        blocking=blocking,
        partitions_def=catalog.snapshots,
        additional_deps=catalog.keys(compared),
        description=description,
        metadata={shown.PAGES: True},
    )
    return Check(spec, run)


def in_steps(checks: Iterable[Check]) -> list[dg.AssetChecksDefinition]:
    """Make a step of all checks of a dataset; they run one after the other, as they are given.

    In a run of some of them, only those run.
    """

    def dataset(check: Check) -> str:
        return check.spec.asset_key.to_python_identifier()

    by_dataset = groupby(sorted(checks, key=dataset), key=dataset)
    return [_step(name, list(group)) for name, group in by_dataset]


def _step(dataset: str, checks: Sequence[Check]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"{CHECKS_OF}{dataset}", specs=[check.spec for check in checks], can_subset=True
    )
    def step(
        context: dg.AssetCheckExecutionContext,
        lake: LakeResource,
        engine: EngineResource,
        rules: dg.ResourceParam[GraphRules],
    ) -> Iterator[dg.AssetCheckResult]:
        checked = Checked(lake.get(), engine, rules, context.partition_key)
        selected = context.selected_asset_check_keys
        for check in checks:
            if check.spec.key in selected:
                yield check.run(checked)._replace(
                    asset_key=check.spec.asset_key, check_name=check.spec.name
                )

    return step
