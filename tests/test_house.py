"""The house: who may import whom is declared in .importlinter, and every module has a floor."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import HERE, LONGEST

CHECKOUT = Path(__file__).resolve().parents[1]
FRONT = {"__init__", "definitions", "rules", "settings"}
"""The modules that stand at the front of imagesuggest_assets; all others are in a room."""


def test_nobody_imports_upwards() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_module_of_the_graph_has_a_floor() -> None:
    declared = configparser.ConfigParser()
    declared.read(CHECKOUT / ".importlinter")
    floors = declared["importlinter:contract:floors"]["layers"].replace(":", " ").split()
    rooms = {floor.removeprefix("imagesuggest_assets.") for floor in floors}
    graph = CHECKOUT / "imagesuggest_assets"
    there = {path.stem for path in graph.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert there - {"__init__", "__pycache__"} <= rooms
    assert {path.stem for path in graph.glob("*.py")} == FRONT


def test_tests_mirror_the_rooms() -> None:
    """A folder of tests has the name of the folder that it tests."""
    for tested in ("graph", "imagesuggest_assets", "module_assets", "asset_checks", "resources"):
        tests = CHECKOUT / "tests" / tested
        folders = [path for path in tests.rglob("*") if path.is_dir() and list(path.glob("*.py"))]
        for folder in folders:
            assert (CHECKOUT / tested / folder.relative_to(tests)).is_dir(), folder


def test_what_readers_are_told_to_make_can_be_made() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)
    assert len(targets) == len({*targets}), "a target is there twice"
    pages = [
        CHECKOUT / "README.md",
        CHECKOUT / "CONTRIBUTING.md",
        *(CHECKOUT / "docs").glob("*.md"),
    ]
    told = {
        target
        for page in pages
        for target in re.findall(r"(?:`|^ {4})make ([a-z-]+)", page.read_text(), re.MULTILINE)
    }
    assert {"demo", "test", "serve"} <= told <= {*targets}


def test_the_files_of_tests_that_go_first_are_there() -> None:
    """One that was moved would go last, and one process would be left with it."""
    assert [name for name in LONGEST if not (HERE / name).is_file()] == []
