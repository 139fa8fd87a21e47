"""Places, settings and disks that cannot be used end a run with one line that names them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from resources.sample import make_sample
from tests.acceptance.broken_dumps import SNAPSHOT, run_here, state
from tests.acceptance.command import imagesuggest


def lake_is_a_file(folder: Path) -> dict[str, Any]:
    (folder / "lake").write_text("no folder")
    return {"lake": folder / "lake"}


def lake_in_a_file(folder: Path) -> dict[str, Any]:
    (folder / "file").write_text("no folder")
    return {"lake": folder / "file" / "lake"}


def lake_cannot_be_written(folder: Path) -> dict[str, Any]:
    # Root may write in folders that are read-only for others, but nobody may write here.
    return {"lake": Path("/proc/lake")}


def scratch_is_a_file(folder: Path) -> dict[str, Any]:
    (folder / "lake").mkdir()
    (folder / "lake" / ".scratch").write_text("no folder")
    return {"lake": folder / "lake"}


def dataset_is_a_file(folder: Path) -> dict[str, Any]:
    (folder / "lake").mkdir()
    (folder / "lake" / "manifest").write_text("no folder")
    return {"lake": folder / "lake"}


def history_cannot_be_written(folder: Path) -> dict[str, Any]:
    os.environ["DAGSTER_HOME"] = "/proc/dagster"
    return {}


def rules_that_are_not_there(folder: Path) -> dict[str, Any]:
    return {"rules": str(folder / "rules.toml")}


def rules_unknown(folder: Path) -> dict[str, Any]:
    (folder / "rules.toml").write_text("sugestions_most = 5")
    return {"rules": str(folder / "rules.toml")}


PLACES = {
    "a lake that is a file": (lake_is_a_file, r"manifest: .*/lake: the lake folder cannot be .*"),
    "a lake in a file": (lake_in_a_file, r"manifest: .*/file/lake: the lake folder cannot be .*"),
    "a lake that cannot be written": (
        lake_cannot_be_written,
        r"manifest: /proc/lake: the lake folder cannot be written: .*--lake or IMAGESUGGEST_LAKE",
    ),
    "a file where the lake works": (
        scratch_is_a_file,
        r"manifest: .*/lake: the lake folder cannot be .*",
    ),
    "a file where a dataset belongs": (
        dataset_is_a_file,
        rf"manifest: .*/lake/manifest/snapshot={SNAPSHOT}: .*cannot be written: .*",
    ),
    "a history that cannot be written": (
        history_cannot_be_written,
        r"/proc/dagster: the history of runs cannot be written: .*DAGSTER_HOME",
    ),
    "a wiki that is not there": (
        lambda _: {"wikis": "ptwiki,nowiki"},
        r".*/dumps/nowiki: no dump of the wiki nowiki; there are arwiki, ptwiki",
    ),
    "Commons as a target": (
        lambda _: {"wikis": "ptwiki,commonswiki"},
        r"commonswiki is never a target of suggestions; take it out of --wikis",
    ),
    "a snapshot that is not there": (
        lambda _: {"snapshot": "2026-11-01"},
        r".*/dumps: no wiki has a dump for the snapshot 2026-11-01; there are .* 2026-11-02",
    ),
    "a folder that is not there": (
        lambda folder: {"dumps": folder / "nowhere"},
        r".*/nowhere: no such folder; --dumps .*",
    ),
    "rules that are not there": (rules_that_are_not_there, r".*/rules.toml: cannot be read: .*"),
    "a rule that there is not": (
        rules_unknown,
        r".*/rules.toml: no rule is called 'sugestions_most'; see docs/rules.md .*",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_or_setting_that_cannot_be_used_is_named(
    good: Path, dumps: Path, tmp_path: Path, name: str
) -> None:
    prepare, said = PLACES[name]
    settings = {"dumps": dumps, "lake": good / "lake"} | prepare(tmp_path)
    before, beside = state(good / "lake"), state(tmp_path)
    ended = run_here(datasets=["feedback"], **settings)
    assert re.fullmatch(said, ended.error)
    assert state(good / "lake") == before
    assert state(tmp_path) == beside


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--wikis", "nowiki"], r"/dumps/nowiki: no dump of the wiki nowiki"),
        (["--lake", "/proc/lake"], r"/proc/lake: the lake folder cannot be written"),
    ],
)
def test_the_command_says_so_in_its_last_line_and_ends_in_1(
    dumps: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    always = ("run", "--dumps", dumps, "--lake", tmp_path / "lake", "--select", "feedback")
    ended = imagesuggest(*always, *arguments, home=tmp_path)
    assert ended.code == 1
    assert re.match(r"imagesuggest: error: .*", ended.last_line)
    assert said in ended.last_line
    assert "Traceback" not in ended.err
    assert not (tmp_path / "lake").exists()


def may_mount(folder: Path) -> list[str]:
    """Give what a command is to be started with so that it may mount a disk; skip without it."""
    script = f"mount -t tmpfs imagesuggest {folder} && umount {folder}"
    starts: tuple[list[str], ...] = (["unshare", "--map-root-user", "--mount"], [])
    for start in starts:
        try:
            probe = subprocess.run([*start, "sh", "-c", script], capture_output=True, check=False)
        except FileNotFoundError:
            continue
        if probe.returncode == 0:
            return start
    pytest.skip("a small disk can be mounted neither in a namespace of our own nor as root")


@pytest.mark.cluster
def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    start = may_mount(folder)
    folder.rmdir()
    make_sample(tmp_path / "dumps", articles=2500)
    program = [sys.executable, "-m", "tests.acceptance.broken_disk"]
    checkout = Path(__file__).resolve().parents[2]
    command: list[str | Path] = [*start, *program, tmp_path, tmp_path / "dumps"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found = {each.pop("what"): each for each in json.loads(done.stdout.splitlines()[-1])}
    assert found["command"]["code"] == 1
    for what, each in found.items():
        assert not each["left"], what
        if what.startswith("room"):
            assert not each["error"], what
            assert each["touched"], what
        else:
            assert not each["touched"], what
            assert re.search(r"/disk/(lake|dagster): .*; make room there, or", each["error"]), what
