"""A metastore that is away keeps nobody else from what is published, and people are told once."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from asset_checks.runbook import RUNBOOK
from graph.paging import open_pager, report_run
from imagesuggest_assets.alerts.pages import PAGED
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.sinks import HIVE_ASSETS, SEARCH_UPDATE, STORE_TABLES
from imagesuggest_assets.definitions import build_definitions
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.jobs import ALL, DECIDE, NEWER_FEEDBACK, publication, sinks
from resources.lake import Lake
from resources.metastore import MetastoreSettings
from tests.asset_checks.partitions import keep
from tests.imagesuggest_assets.publication.metastore.publishing import World
from tests.servers.process import free_port

KEY = "2026-11-02"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a lake with a snapshot that has come to its gate; the metastore is away."""
    away = MetastoreSettings(f"thrift://127.0.0.1:{free_port()}")
    with closing(World(str(tmp_path / "lake"), away)) as world:
        world.snapshot(KEY)
        for dataset in ("feedback", "file_redirects", "local_files"):
            keep(world.lake.get(), dataset, snapshot=KEY)
    return Settings(lake=str(tmp_path / "lake"), metastore=away)


def test_all_else_is_published_and_one_page_goes_out(
    settings: Settings,
    instance: dg.DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    instance.add_dynamic_partitions(str(SNAPSHOTS.name), [KEY])
    result = (
        build_definitions(settings)
        .resolve_job_def(ALL.name)
        .execute_in_process(
            instance=instance,
            partition_key=KEY,
            asset_selection=publication(sinks(settings)),
            raise_on_error=False,
        )
    )
    failed = {event.step_key for event in result.get_step_failure_events()}
    assert failed == {*HIVE_ASSETS}
    made = {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}
    assert made == {*STORE_TABLES, "search_index_delta", "search_bulk_files", SEARCH_UPDATE}
    pager = open_pager(settings.pages, Rules(), RUNBOOK)
    record = instance.get_run_record_by_id(result.run_id)
    assert record is not None
    with closing(Lake(Path(settings.lake))) as lake:
        report_run(PAGED, pager, instance, record, lake, settings.ui)
    (page,) = pager.pages()
    assert settings.metastore is not None
    assert settings.metastore.address in page.body


def test_the_tables_are_part_of_the_graph_where_a_metastore_is_set(settings: Settings) -> None:
    for job in (ALL, NEWER_FEEDBACK, DECIDE):
        for some, there in ((settings, {*HIVE_ASSETS}), (replace(settings, metastore=None), set())):
            repository = build_definitions(some).get_repository_def()
            nodes = repository.get_job(job.name).graph.node_dict
            assert nodes.keys() & HIVE_ASSETS == there
            assert {*sinks(some)} & {*HIVE_ASSETS} == there
