"""Bulk files: the shape of SPEC.md section 6 to the letter, whole or not there."""

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import InputError, UserError
from resources.search.bulk import (
    Manifest,
    index_of,
    read_manifest,
    read_pairs,
    write_bulk_files,
)
from resources.search.places import Place
from resources.search.shipped import SCHEMA

Rows = Mapping[tuple[str, int, int, str], Sequence[str]]


def write(rows: Rows, url: Path | str, scratch: Path, **more: Any) -> Manifest:
    """Write bulk files of these values by wiki, namespace, page and tag."""
    records = [
        dict(zip(SCHEMA.names, (wiki, page, namespace, tag, values), strict=True))
        for (wiki, namespace, page, tag), values in rows.items()
    ]
    file = scratch / "delta.parquet"
    pq.write_table(pa.Table.from_pylist(records, SCHEMA), file, row_group_size=7)
    settings: dict[str, Any] = {"snapshot": "2026-11-02", "delta_id": "d", "indexes": {}} | more
    place = settings.pop("place", None) or Place(str(url))
    return write_bulk_files([file], place, memory="256MB", spill=scratch, **settings)


class FullDisk(Place):
    """A place that has room for one file."""

    def open(self, name: str, mode: str) -> IO[bytes]:
        if "000001" in name:
            raise OSError("no space is left")
        return super().open(name, mode)


def read(url: Path, manifest: Manifest) -> list[tuple[str, list[tuple[Any, Any]]]]:
    """Read files as anybody would: the pairs of each, in order."""
    found = []
    for file in manifest.files:
        lines = gzip.decompress((url / file.name).read_bytes()).decode().split("\n")
        assert lines.pop() == ""
        parsed = [json.loads(line) for line in lines]
        found.append((file.name.split("/")[1], list(zip(parsed[::2], parsed[1::2], strict=True))))
    return found


def pair(index: str, page: int, *tags: str) -> tuple[Any, Any]:
    script = {
        "source": "super_detect_noop",
        "lang": "super_detect_noop",
        "params": {
            "handlers": {"weighted_tags": "multilist"},
            "source": {"weighted_tags": list(tags)},
        },
    }
    return {"update": {"_index": index, "_id": str(page)}}, {"script": script}


def test_a_pair_is_as_specified_and_has_all_tags_of_its_page(tmp_path: Path) -> None:
    rows = {
        ("ptwiki", 0, 7, "recommendation.image"): ["exists|1"],
        ("commonswiki", 6, 3, "b.tag"): ["__DELETE_GROUPING__"],
        ("commonswiki", 6, 20, "a.tag"): ["Q1|1"],
        ("commonswiki", 6, 3, "a.tag"): ["Q1|1000", "Q2|7"],
    }
    manifest = write(rows, tmp_path / "out", tmp_path)
    assert read(tmp_path / "out", manifest) == [
        (
            "000000-commonswiki-6.ndjson.gz",
            [
                pair(
                    "commonswiki_file",
                    3,
                    "a.tag/Q1|1000",
                    "a.tag/Q2|7",
                    "b.tag/__DELETE_GROUPING__",
                ),
                pair("commonswiki_file", 20, "a.tag/Q1|1"),
            ],
        ),
        ("000001-ptwiki-0.ndjson.gz", [pair("ptwiki_content", 7, "recommendation.image/exists|1")]),
    ]


def test_files_have_one_wiki_each_and_no_more_pairs_than_allowed_and_names_that_sort(
    tmp_path: Path,
) -> None:
    pages = {"arwiki": 5, "commonswiki": 11, "ptwiki": 10}
    rows = {
        (wiki, 6 * (wiki == "commonswiki"), page, tag): [f"{page}|1"]
        for wiki, count in pages.items()
        for page in range(1, count + 1)
        for tag in ("x", "y")
    }
    manifest = write(rows, tmp_path / "out", tmp_path, most_pairs=5)
    files = [(file.wiki, file.pairs, file.first_page, file.last_page) for file in manifest.files]
    assert files == [
        ("arwiki", 5, 1, 5),
        ("commonswiki", 5, 1, 5),
        ("commonswiki", 5, 6, 10),
        ("commonswiki", 1, 11, 11),
        ("ptwiki", 5, 1, 5),
        ("ptwiki", 5, 6, 10),
    ]
    assert [file.name for file in manifest.files] == sorted(file.name for file in manifest.files)
    assert manifest.pairs == 26
    for (_, pairs), file in zip(read(tmp_path / "out", manifest), manifest.files, strict=True):
        assert [int(action["update"]["_id"]) for action, _ in pairs] == list(
            range(file.first_page, file.last_page + 1)
        )


texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\n\r\t\0\x1f/|'), min_size=1
)


@given(st.dictionaries(texts, st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_text_comes_out_of_the_file_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, tags: dict[str, list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("texts")
    rows = {("ptwiki", 0, 1, tag): values for tag, values in tags.items()}
    ((_, [found]),) = read(folder, write(rows, folder, folder))
    every = [f"{tag}/{value}" for tag in sorted(tags, key=str.encode) for value in tags[tag]]
    assert found == pair("ptwiki_content", 1, *every)


def test_the_manifest_tells_sizes_and_checksums_and_a_file_that_changed_is_refused(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    manifest = write({("ptwiki", 0, 7, "a"): ["x|1"]}, out, tmp_path)
    (file,) = manifest.files
    stored = (out / file.name).read_bytes()
    assert (file.bytes, file.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())
    place = Place(str(out))
    assert read_manifest(place) == manifest
    assert read_pairs(place, file) == gzip.decompress(stored)
    (out / file.name).write_bytes(stored[:-1])
    with pytest.raises(InputError, match="not the file that was written; materialize search_bulk"):
        read_pairs(place, file)
    (out / file.name).unlink()
    with pytest.raises(InputError, match="the file is gone"):
        read_pairs(place, file)


def test_a_write_that_fails_leaves_the_files_of_before_and_the_next_one_tidies_up(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    before = write({("ptwiki", 0, 7, "a"): ["x|1"]}, out, tmp_path)
    (out / "half-written-by-somebody-killed").mkdir()
    rows = {(wiki, 0, 1, "a"): ["x|1"] for wiki in ("arwiki", "ptwiki")}
    with pytest.raises(OSError, match="no space is left"):
        write(rows, out, tmp_path, place=FullDisk(str(out)))
    assert len(list(out.glob("*/000000-arwiki-0.ndjson.gz"))) == 1
    assert read_manifest(Place(str(out))) == before
    assert read(out, before)
    after = write({("ptwiki", 0, 8, "a"): ["x|1"]}, out, tmp_path)
    (folder,) = {file.name.split("/")[0] for file in after.files}
    assert {path.name for path in out.iterdir()} == {"manifest.json", folder}


def test_files_that_were_shipped_stay_before_new_ones(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write({("ptwiki", 0, 7, "a"): ["x|1"]}, out, tmp_path)
    row: Rows = {("arwiki", 0, 1, "a"): ["x|1"]}
    both = write(row, out, tmp_path, delta_id="e", before=first.files)
    assert both.files[0] == first.files[0]
    names = [name for name, _ in read(out, both)]
    assert names == ["000000-ptwiki-0.ndjson.gz", "000001-arwiki-0.ndjson.gz"]


def test_without_rows_there_is_a_manifest_without_files(tmp_path: Path) -> None:
    manifest = write({}, tmp_path / "out", tmp_path)
    assert manifest.files == ()
    assert read_manifest(Place(str(tmp_path / "out"))) == manifest


def test_any_file_system_of_fsspec_will_do(tmp_path: Path) -> None:
    url = "memory://bucket/search"
    for page in (1, 2):
        manifest = write({("ptwiki", 0, page, "a"): ["x|1"]}, url, tmp_path)
    place = Place(url)
    assert read_manifest(place) == manifest
    assert b'"_id":"2"' in read_pairs(place, manifest.files[0])
    assert len(fsspec.filesystem("memory").find("/bucket/search")) == 2


def test_a_write_that_fails_on_another_file_system_leaves_the_files_of_before_too(
    tmp_path: Path,
) -> None:
    url = "memory://bucket/failing"
    before = write({("ptwiki", 0, 7, "a"): ["x|1"]}, url, tmp_path)
    rows = {(wiki, 0, 1, "a"): ["x|1"] for wiki in ("arwiki", "ptwiki")}
    with pytest.raises(OSError, match="no space is left"):
        write(rows, url, tmp_path, place=FullDisk(url))
    place = Place(url)
    assert read_manifest(place) == before
    assert b'"_id":"7"' in read_pairs(place, before.files[0])
    after = write({("ptwiki", 0, 8, "a"): ["x|1"]}, url, tmp_path)
    there = fsspec.filesystem("memory").find("/bucket/failing")
    named = [file.name for file in after.files]
    assert sorted(there) == sorted(f"/bucket/failing/{name}" for name in ["manifest.json", *named])


def test_a_place_that_can_not_be_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^nothing://host/path: bulk files can not be kept there"):
        Place("nothing://user:secret@host/path")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match=r"file/out/\w+/000000-ptwiki-0.ndjson.gz: can not be open"):
        write({("ptwiki", 0, 7, "a"): ["x|1"]}, tmp_path / "file" / "out", tmp_path)


def test_an_index_of_another_name_is_set_by_the_usual_one() -> None:
    names = {"ptwiki_content": "pt_2026"}
    assert index_of("ptwiki", 0, names) == "pt_2026"
    assert index_of("arwiki", 0, names) == "arwiki_content"
    assert index_of("commonswiki", 6, names) == "commonswiki_file"
