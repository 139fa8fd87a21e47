"""The ledger: a shipment is there whole or not at all, and one that was killed leaves doubt."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.errors import InputError, UserError
from resources.ledger import Ledger, ledgers, target_of
from resources.storage import storage_at

AT = "2026-11-02T12:00:00+00:00"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(storage_at(tmp_path), target_of("sqlite", "somewhere"))


def keys(folder: Path, *page_ids: int) -> Path:
    """A Parquet file of keys."""
    file = folder / f"keys-{'-'.join(map(str, page_ids))}.parquet"
    pq.write_table(pa.table({"page_id": pa.array(page_ids, pa.int64())}), file)
    return file


def ids(files: tuple[Path, ...] | list[Path]) -> list[int]:
    return [row["page_id"] for file in files for row in pq.read_table(file).to_pylist()]


def test_nothing_is_known_of_a_wiki_of_which_nothing_was_shipped(ledger: Ledger) -> None:
    assert ledger.state("ptwiki") is None
    assert ledger.pending("ptwiki") == []
    assert ledger.wikis() == []


def test_a_shipment_takes_the_place_of_the_one_before(ledger: Ledger, tmp_path: Path) -> None:
    for number, snapshot in enumerate(("2026-10-26", "2026-11-02"), start=1):
        ledger.begin("ptwiki", [keys(tmp_path, number)])
        ledger.commit("ptwiki", [keys(tmp_path, number * 10)], snapshot, AT, {"rows": number})
    shipped = ledger.state("ptwiki")
    assert shipped is not None
    assert (shipped.snapshot, shipped.shipped_at) == ("2026-11-02", AT)
    assert shipped.details == {"rows": 2}
    assert ids(shipped.files) == [20]
    assert ledger.pending("ptwiki") == []
    assert len(list((ledger.path / "ptwiki").iterdir())) == 2
    assert ledger.wikis() == ["ptwiki"]


def test_what_was_begun_and_never_acknowledged_stays_in_doubt(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.commit("ptwiki", [keys(tmp_path, 7)], "2026-10-26", AT)
    ledger.begin("ptwiki", [keys(tmp_path, 1, 2)], snapshot="2026-11-02")
    ledger.begin("ptwiki", [keys(tmp_path, 3)], snapshot="2026-11-09")
    again = Ledger(storage_at(ledger.path.parent.parent), ledger.path.name)
    assert sorted(ids(again.pending("ptwiki"))) == [1, 2, 3]
    shipped = again.state("ptwiki")
    assert shipped is not None
    assert ids(shipped.files) == [7]


def test_doubt_is_known_of_a_wiki_of_which_nothing_was_acknowledged(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.begin("ptwiki", [keys(tmp_path, 1)])
    assert ledger.wikis() == ["ptwiki"]
    assert ledger.state("ptwiki") is None
    assert ids(ledger.pending("ptwiki")) == [1]


def test_doubt_that_a_killed_commit_left_behind_its_state_counts_no_more(
    ledger: Ledger, tmp_path: Path
) -> None:
    ledger.begin("ptwiki", [keys(tmp_path, 1)])
    (left,) = ledger.pending("ptwiki")
    text = left.read_bytes()
    ledger.commit("ptwiki", [keys(tmp_path, 1)], "2026-11-02", AT)
    left.write_bytes(text)
    assert ledger.pending("ptwiki") == []


def test_only_what_was_read_back_is_remembered_as_verified(ledger: Ledger, tmp_path: Path) -> None:
    first = ledger.commit("ptwiki", [keys(tmp_path, 1)], "2026-10-26", AT)
    second = ledger.commit("ptwiki", [keys(tmp_path, 2)], "2026-11-02", AT)
    ledger.verify("ptwiki", first, well=True)
    now = ledger.state("ptwiki")
    assert now is not None
    assert now.verified is None
    ledger.verify("ptwiki", second, well=False)
    now = ledger.state("ptwiki")
    assert now is not None
    assert now.verified is False


def published_at(ledger: Ledger) -> str:
    shipped = ledger.state("ptwiki")
    assert shipped is not None
    return shipped.published_at


def test_what_was_found_well_last_is_remembered_through_shipments_that_were_not(
    ledger: Ledger, tmp_path: Path
) -> None:
    week = "2026-11-09T12:00:00+00:00"
    first = ledger.commit("ptwiki", [keys(tmp_path, 1)], "2026-11-02", AT)
    assert published_at(ledger) == ""
    ledger.verify("ptwiki", first, well=True)
    assert published_at(ledger) == AT
    second = ledger.commit("ptwiki", [keys(tmp_path, 2)], "2026-11-09", week)
    assert published_at(ledger) == AT
    ledger.verify("ptwiki", second, well=False)
    assert published_at(ledger) == AT
    ledger.verify("ptwiki", second, well=True)
    assert published_at(ledger) == week
    # Reading it back again makes nothing newer.
    ledger.verify("ptwiki", second, well=True)
    assert published_at(ledger) == week


@pytest.mark.parametrize(("verified", "expected"), [(True, AT), (False, ""), (None, "")])
def test_a_ledger_that_did_not_remember_it_yet_is_read(
    ledger: Ledger, tmp_path: Path, verified: bool | None, expected: str
) -> None:
    ledger.commit("ptwiki", [keys(tmp_path, 1)], "2026-11-02", AT)
    file = ledger.path / "ptwiki" / "shipped.json"
    told = json.loads(file.read_text())
    del told["published_at"]
    file.write_text(json.dumps({**told, "verified": verified}))
    assert published_at(ledger) == expected


def test_ledgers_are_found_by_the_kind_of_their_target(ledger: Ledger, tmp_path: Path) -> None:
    ledger.commit("ptwiki", [keys(tmp_path, 1)], "2026-11-02", AT)
    assert [each.path for each in ledgers(storage_at(tmp_path), ["cassandra", "sqlite"])] == [
        ledger.path
    ]
    assert ledgers(storage_at(tmp_path), ["search"]) == []


def test_a_spoiled_ledger_says_how_to_go_on(ledger: Ledger, tmp_path: Path) -> None:
    shipped = ledger.commit("ptwiki", [keys(tmp_path, 1)], "2026-10-26", AT)
    shipped.files[0].unlink()
    with pytest.raises(InputError, match="gone; remove the folder"):
        ledger.state("ptwiki")
    (ledger.path / "ptwiki" / "shipped.json").write_text("{")
    with pytest.raises(InputError, match="no ledger"):
        ledger.state("ptwiki")
    ledger.forget("ptwiki")
    assert ledger.state("ptwiki") is None


def test_two_shipments_to_one_place_do_not_run_at_once_and_a_killed_one_lets_go(
    ledger: Ledger,
) -> None:
    code = (
        "import sys, time; from resources.ledger import Ledger\n"
        "from resources.storage import storage_at\n"
        "with Ledger(storage_at(sys.argv[1]), sys.argv[2]).shipping():\n"
        "    print('in', flush=True); time.sleep(60)"
    )
    lake, target = ledger.path.parent.parent, ledger.path.name
    command = [sys.executable, "-c", code, str(lake), target]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with pytest.raises(UserError, match="another run is shipping"), ledger.shipping(wait=0.3):
            pass
        other.kill()
    with ledger.shipping(wait=30):
        assert ledger.wikis() == []


def test_targets_are_named_without_saying_where_they_are() -> None:
    name = target_of("cassandra", "10.0.0.7:9042/image_suggestions")
    assert name.startswith("cassandra-")
    assert "10.0.0.7" not in name
    assert name != target_of("cassandra", "10.0.0.8:9042/image_suggestions")
