"""From a judgement to its effect: what somebody rejects in the gallery goes out everywhere."""

import gzip
import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from resources.sample import make_sample
from resources.search.resource import Search
from tests.acceptance.broken_dumps import run_here, with_all_after
from tests.acceptance.command import rows_of
from tests.imagesuggest_assets.server.judged import forms, judge
from tests.imagesuggest_assets.server.running import running
from tests.imagesuggest_assets.snapshots.sensors import Sensors, requests_of

WIKI = "ptwiki"


def sent(lake: Path, snapshot: str) -> dict[str, list[str]]:
    """Give the tags that the search index was told last, by page id."""
    versions = (lake / "search_bulk_files" / f"snapshot={snapshot}").glob("*/")
    newest = max(versions, key=lambda each: each.stat().st_mtime_ns)
    found: dict[str, list[str]] = {}
    for file in newest.glob(f"*-{WIKI}-*.gz"):
        lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
        for action, body in zip(lines[::2], lines[1::2], strict=True):
            source: dict[str, Any] = body["script"]["params"]["source"]
            found[action["update"]["_id"]] = source["weighted_tags"]
    return found


def test_what_is_rejected_is_gone_from_store_api_and_index_after_the_run_that_a_sensor_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    dumps, lake, judgements = (tmp_path / name for name in ("dumps", "lake", "judgements"))
    (snapshot,) = make_sample(dumps, articles=40, wikis=1).snapshots
    settings = {"search": Search.of("files"), "judgements": str(judgements)}
    assert not run_here(dumps, lake, **settings).error
    store, people = lake / "suggestions.sqlite", Settings(judgements=str(judgements))
    with running(lake, store, people) as client:
        pages = client.get(f"/v1/suggestions/{WIKI}?limit=500").json()["pages"]
        one = next(each for each in pages if len(each["suggestions"]) == 1)
        other = next(each for each in pages if len(each["suggestions"]) > 1)
        for page in (one, other):
            form = forms(client.get(f"/gallery/{WIKI}/{page['page_id']}").text)[0]
            assert judge(client, form.suggestion, "rejected", "notrelevant").status_code == 303
    # The server has ended, and with it the file is sealed.
    with dg.DagsterInstance.get() as instance:
        rules = Rules(settling_minutes=0)
        sensors = Sensors(instance, dumps, lake, rules, judgements=str(judgements))
        (request,) = requests_of(sensors.tick("feedback_events_sensor"))
    assert request.partition_key == snapshot
    newer = with_all_after("feedback")
    assert not run_here(dumps, lake, newer, snapshot=snapshot, **settings).error
    with running(lake, store, people) as client:
        rows = f"/public/image_suggestions/suggestions/{WIKI}"
        assert client.get(f"{rows}/{one['page_id']}").json() == {"rows": []}
        left = [row["image"] for row in client.get(f"{rows}/{other['page_id']}").json()["rows"]]
        assert left == [each["image"] for each in other["suggestions"][1:]]
        listed = client.get(f"/v1/suggestions/{WIKI}?id={one['page_id']},{other['page_id']}")
        assert [each["page_id"] for each in listed.json()["pages"]] == [other["page_id"]]
        told = client.get(f"/v1/explain/{WIKI}?page_id={one['page_id']}").json()
        assert [each["name"] for each in told["conditions"]] == ["no_file_left"]
        (file,) = [each for each in told["files"] if each["judged"]]
        assert file["file_name"] == one["suggestions"][0]["image"]
        assert [each["name"] for each in file["conditions"]] == ["judged"]
    assert sent(lake, snapshot) == {
        str(one["page_id"]): ["recommendation.image/__DELETE_GROUPING__"],
        str(other["page_id"]): ["recommendation.image/exists|1"],
    }
    outcomes = {row["outcome"] for row in rows_of(lake, "feedback", snapshot)}
    assert "rejected" in outcomes
