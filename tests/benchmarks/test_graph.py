"""What the benchmark of the graph takes for reading, and what for computing."""

import dagster as dg

from benchmarks.graph import names
from imagesuggest_assets.definitions import build_definitions
from imagesuggest_assets.settings import Settings


def test_what_is_read_needs_nothing_of_what_is_computed_after_it() -> None:
    graph = build_definitions(Settings()).resolve_asset_graph()
    read = {dg.AssetKey(name) for name in names(reading=True)}
    computed = {dg.AssetKey(name) for name in names(reading=False)}
    assert len(read) > 10
    assert len(computed) > 10
    needed = dg.AssetSelection.assets(*read).upstream().resolve(graph)
    assert not needed & computed
