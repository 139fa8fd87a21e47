"""What a run compares a part at a time is what it compares at once."""

from contextlib import closing
from typing import Any

import dagster as dg
import pytest

from module_assets.assets import tables as assets
from module_assets.definitions import build_resources
from module_assets.rules import Rules
from module_assets.settings import Settings
from resources.io_manager import Files, LakeResource
from resources.lake import Lake
from tests.acceptance.command import rows_of
from tests.module_assets.partitions import KEY
from tests.module_assets.runs import Snapshot

pytest_plugins = ["tests.module_assets.fixtures"]


@pytest.mark.parametrize("bound", ["SHAPES_AT_ONCE", "PAIRS_AT_ONCE"])
def test_pairs_are_the_same_however_few_are_compared_at_once(
    modules_run: Snapshot, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    expected = rows_of(modules_run.lake, "similar_shapes", KEY)
    monkeypatch.setattr(assets, bound, 40)
    resource = build_resources(Settings(memory="1GB"))["engine"]
    with closing(Lake(modules_run.lake)) as lake:
        engine = resource.get(lake.scratch.path)
        context = dg.build_asset_context(partition_key=KEY)
        compute: Any = assets.similar_shapes.op.compute_fn
        here = LakeResource(path=str(modules_run.lake))
        made = compute.decorated_fn(context, lake=here, engine=resource, rules=Rules())
        assert isinstance(made.content, Files)
        assert len(made.content.files) > 2
        found = engine.rows(engine.read(made.content.files))
        resource.teardown_after_execution(dg.build_init_resource_context())
    assert expected
    assert sorted(found, key=repr) == sorted(expected, key=repr)
