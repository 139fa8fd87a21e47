import bz2
import gzip
import io
import random
import threading
from pathlib import Path

import pytest

from resources.errors import InputError
from resources.sources.compressed import open_compressed

TEXT = b"one line of a dump\n" * 5000 + bytes(range(256))


def gzip_with_name(text: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile("dump.sql", "wb", fileobj=out) as file:
        file.write(text)
    return out.getvalue()


def read(path: Path, stored: bytes) -> bytes:
    path.write_bytes(stored)
    with open_compressed(path) as file:
        return file.read()


@pytest.mark.parametrize(
    ("ending", "stored"),
    [
        (".gz", gzip.compress(TEXT)),
        (".gz", gzip_with_name(TEXT)),
        (".gz", gzip.compress(TEXT[:700]) + gzip.compress(b"") + gzip.compress(TEXT[700:])),
        (".bz2", bz2.compress(TEXT)),
        (".bz2", bz2.compress(TEXT[:700]) + bz2.compress(TEXT[700:])),
        (".sql", TEXT),
        (".part", gzip.compress(TEXT)),
    ],
)
def test_gzip_bzip2_and_plain_files_are_read_whatever_their_parts(tmp_path, ending, stored):
    assert read(tmp_path / f"file{ending}", stored) == TEXT


def test_a_thousand_members_of_one_byte_are_one_file(tmp_path):
    stored = b"".join(gzip.compress(b"x") for _ in range(1000)) + gzip.compress(b"") * 3000
    assert read(tmp_path / "file.gz", stored) == b"x" * 1000


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".sql"])
def test_the_stored_bytes_told_while_reading_add_up_to_the_file(tmp_path, ending):
    pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(ending, bytes)
    path = tmp_path / f"file{ending}"
    path.write_bytes(pack(TEXT * 40))
    told: list[int] = []
    with open_compressed(path, told.append) as file:
        while file.read(10_000):
            assert sum(told) > 0
    assert sum(told) == path.stat().st_size
    assert all(count > 0 for count in told)


def test_read_and_readinto_give_all_that_is_asked_for_until_the_end(tmp_path):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(TEXT * 20))
    target = bytearray(len(TEXT) * 19)
    with open_compressed(path) as file:
        assert file.readinto(target) == len(target)
        assert bytes(target) == TEXT * 19
        assert file.read(len(TEXT) - 1) == TEXT[:-1]
        assert file.read(100) == TEXT[-1:]
        assert file.read(100) == b""


def test_some_after_some_is_all_there_is_and_all_before_any_damage(tmp_path):
    text = random.Random(7).randbytes(3_000_000)
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(text, 1))
    with open_compressed(path) as file:
        assert b"".join(iter(file.read_some, b"")) == text
        assert file.read_some() == b""
    path.write_bytes(path.read_bytes()[:2_000_000])
    found: list[bytes] = []
    with open_compressed(path) as file, pytest.raises(InputError, match="cut off"):
        found.extend(iter(file.read_some, b""))
    assert text.startswith(b"".join(found))
    assert len(b"".join(found)) > 1_900_000


@pytest.mark.parametrize("pack", [gzip.compress, gzip_with_name, bz2.compress])
def test_a_file_cut_off_at_any_byte_is_an_input_error(tmp_path, pack):
    path = tmp_path / f"file.{'bz2' if pack is bz2.compress else 'gz'}"
    whole = pack(b"some text " * 30)
    for size in range(len(whole)):
        with pytest.raises(InputError) as caught:
            read(path, whole[:size])
        assert caught.value.path == path
    assert read(path, whole) == b"some text " * 30


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_file_with_any_bit_changed_is_an_input_error_unless_its_text_is_the_same(tmp_path, pack):
    path = tmp_path / f"file.{'bz2' if pack is bz2.compress else 'gz'}"
    text = bytes(range(200))
    whole = pack(text)
    refused = 0
    # The time and the name of the system in gzip's head tell nothing about the text.
    for position in range(10, len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1 << position % 8
        try:
            assert read(path, bytes(changed)) == text
        except InputError:
            refused += 1
    assert refused > 0.9 * (len(whole) - 10)


@pytest.mark.parametrize("garbage", [b"\0", b"\0" * 1000, b"\x1f", b"B", b"more", TEXT])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_garbage_behind_the_end_is_an_input_error_that_names_the_byte(tmp_path, pack, garbage):
    path = tmp_path / f"file.{'bz2' if pack is bz2.compress else 'gz'}"
    whole = pack(TEXT)
    with pytest.raises(InputError, match=f"byte {len(whole)}: .* followed by something else"):
        read(path, whole + garbage)


def test_a_second_member_that_is_cut_off_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cut off"):
        read(tmp_path / "file.gz", gzip.compress(TEXT) + gzip.compress(TEXT)[:-3])


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("file.gz", b"no gzip at all"),
        ("file.gz", bz2.compress(TEXT)),
        ("file.bz2", gzip.compress(TEXT)),
        ("file.bz2", b"\0\0\0\0"),
    ],
)
def test_a_name_that_says_another_format_is_an_input_error(tmp_path, name, stored):
    with pytest.raises(InputError, match=r"not (gzip|bzip2), though its name says so"):
        read(tmp_path / name, stored)


@pytest.mark.parametrize("name", ["file.gz", "file.bz2", "file.sql"])
def test_a_file_of_zero_bytes_is_an_input_error(tmp_path, name):
    with pytest.raises(InputError, match="zero bytes"):
        read(tmp_path / name, b"")


def test_a_file_that_is_not_there_and_a_folder_are_input_errors(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        open_compressed(tmp_path / "nothing.gz")
    with pytest.raises(InputError):
        open_compressed(tmp_path)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_no_thread_and_no_open_file_is_left_when_reading_stops_early(tmp_path):
    before = threads()
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(TEXT * 300))
    with open_compressed(path) as file:
        file.read(10)
        assert threads() != before
    assert threads() == before
    with pytest.raises(ValueError, match="closed"):
        file.read(1)


def test_no_thread_is_left_when_the_reader_fails_or_forgets_to_close(tmp_path):
    before = threads()
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(TEXT * 300)[:-4])
    with pytest.raises(InputError), open_compressed(path) as file:
        file.read()
    forgotten = open_compressed(path)
    forgotten.read(1)
    del forgotten
    assert threads() == before
