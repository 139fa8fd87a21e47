"""`imagesuggest ratings`: a CSV that was made elsewhere is read once, or refused with its row."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imagesuggest_assets.command.main import main
from resources.lake import Lake
from resources.sources.ratings import FOLDER, Ratings, files_in
from resources.stores.kinds import DEPICTS, WIKIDATA_IMAGE
from tests.asset_checks.partitions import keep

HEADER = "wiki,page_id,file_name,verdict,judge"
OLD, NEW = "2026-10-26", "2026-11-02"


class Elsewhere:
    """A lake of two snapshots, and CSVs for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.judgements, self._lake = folder, folder / "judgements", folder / "lake"
        with closing(Lake(self._lake)) as lake:
            for snapshot, kinds in ((OLD, [DEPICTS]), (NEW, [DEPICTS, WIKIDATA_IMAGE])):
                keep(lake, "page_items", [("chwiki", 7, "Q7")], snapshot=snapshot)
                files = [("Q7", "Big_cat.jpg", kinds, 90, None), ("Q8", "B.jpg", kinds, 90, None)]
                keep(lake, "candidate_images", files, snapshot=snapshot)

    def read(self, text: str | bytes, name: str = "a.csv") -> Result:
        """Read a CSV."""
        file = self.folder / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.call("ratings", str(file))

    def call(self, *arguments: str) -> Result:
        places = {"IMAGESUGGEST_LAKE": self._lake, "IMAGESUGGEST_JUDGEMENTS": self.judgements}
        environment = {name: str(place) for name, place in places.items()}
        return CliRunner().invoke(main, arguments, env=environment)

    def rows(self) -> list[tuple[object, ...]]:
        """What was read, as ratings are read."""
        return [
            (row["wiki_db"], row["page_id"], row["item_id"], row["file_name"], row["outcome"])
            for batch in Ratings(files_in(self.judgements))
            for row in batch.to_pylist()
        ]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(tmp_path)


CAT = ("chwiki", 7, "Q7", "Big_cat.jpg", "good")


def test_a_csv_is_read_once_with_kinds_and_confidence_of_the_newest_snapshot(
    elsewhere: Elsewhere,
) -> None:
    text = f"\ufeff{HEADER}\nchwiki,7,File:big cat.jpg,fits,1\n\nchwiki,7,Big_cat.jpg,rejected,2\n"
    assert elsewhere.read(text).output.startswith("2 ratings read into ")
    (file,) = files_in(elsewhere.judgements)
    line = json.loads(file.read_text().splitlines()[0])
    del line["dt"]
    assert line == {
        **{"wiki": "chwiki", "page_id": 7, "item_id": "Q7", "file_name": "Big_cat.jpg"},
        **{"kinds": [DEPICTS, WIKIDATA_IMAGE], "confidence": 90, "snapshot": NEW},
        **{"verdict": "fits", "reasons": [], "judge": 1, "mode": "measure", "event_id": None},
    }
    again = elsewhere.read(text, "copy.csv")
    assert (again.exit_code, "was read before, it counts once" in again.output) == (0, True)
    assert elsewhere.rows() == [CAT, (*CAT[:4], "bad")]


def test_an_item_is_rated_where_there_is_no_article(elsewhere: Elsewhere) -> None:
    done = elsewhere.read("item,file_name,verdict,judge\nQ8,B.jpg,used,1\nQ7,Big cat.jpg,skip,1\n")
    assert "1 rows say skip, and are left out" in done.output
    assert elsewhere.rows() == [(None, None, "Q8", "B.jpg", "good")]


def test_a_file_that_is_no_candidate_is_left_out_and_told(elsewhere: Elsewhere) -> None:
    done = elsewhere.read(f"{HEADER}\nchwiki,7,Dog.jpg,fits,1\nchwiki,7,Big_cat.jpg,fits,1\n")
    assert "1 rows are left out" in done.output
    assert "row 2 (chwiki 7 Dog.jpg)" in done.output
    assert elsewhere.rows() == [CAT]


ROW = "chwiki,7,Big_cat.jpg,fits,1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{HEADER}\n{ROW}\nNo wiki,7,A.jpg,fits,1\n", "row 3: wiki is 'No wiki'"),
        (f"{HEADER}\n{ROW}\nchwiki,0,A.jpg,fits,1\n", "row 3: page_id is '0'"),
        (f"{HEADER}\n,,A.jpg,fits,1\n", "row 2: item is ''"),
        (f"{HEADER}\nchwiki,7, ,fits,1\n", "row 2: file_name is ''"),
        (f"{HEADER}\nchwiki,7,A.jpg,maybe,1\n", "row 2: verdict is 'maybe', expected one of fits"),
        (f"{HEADER}\nchwiki,7,A.jpg,fits,Ann\n", "row 2: judge is 'Ann', expected a number"),
        (f"{HEADER}\n{ROW}\n{ROW.replace('fits', 'used')}\n", "row 3: judge 1 says in row 2"),
        (f"{HEADER}\n{ROW},more\n", "row 2: has not 5 values"),
        (f"{HEADER}\nchwiki,7\n", "row 2: has not 5 values"),
        (f'{HEADER}\n{ROW}\nchwiki,7,"A.jpg,fits,1', "row 3: is no row of a CSV"),
        (f"{HEADER}\n{ROW}\n".encode() + b"chwiki,7,\xff.jpg,fits,1\n", "row 3: is no UTF-8"),
        (HEADER, "has no rows"),
        ("", "row 1: has no column file_name"),
        (f"{HEADER},user\n", "row 1: has a column 'user' that nobody knows"),
        (f"{HEADER},judge\n", "row 1: has a column twice"),
        ("wiki,file_name,verdict,judge\n", "row 1: has no column page_id"),
        (f"{HEADER}\nchwiki,8,A.jpg,fits,1\n", "there is no row to rate"),
    ],
)
def test_a_bad_file_is_refused_with_row_and_reason_and_nothing_of_it_is_read(
    elsewhere: Elsewhere, text: str | bytes, says: str
) -> None:
    done = elsewhere.read(text)
    assert done.exit_code == 1
    assert done.output.startswith("imagesuggest: error: ")
    assert says in done.output
    assert not (elsewhere.judgements / FOLDER).exists()


def test_what_was_read_is_measured_at_once(elsewhere: Elsewhere) -> None:
    assert "there are no ratings" in elsewhere.call("confidence").output
    elsewhere.read(f"{HEADER}\n{ROW}\n")
    told = elsewhere.call("confidence").output
    assert "depicts, wikidata-image" in told
    assert told.endswith("# nothing: no number of the rules would be another\n")
