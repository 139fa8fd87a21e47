"""A lake of the old layout is converted by a command, and all others say so in one line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imagesuggest_assets.command.main import main
from tests.imagesuggest_assets.published import publish
from tests.resources.old_lakes import make_old

KEY = "2026-11-02"
TOLD = "convert it: imagesuggest lake convert"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of the old layout, in which a snapshot has come to its gate."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("IMAGESUGGEST_LAKE", str(tmp_path / "lake"))
    publish(tmp_path / "lake", KEY, ptwiki="published")
    make_old(tmp_path / "lake")
    return tmp_path / "lake"


def imagesuggest(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "publishable"),
        ("check",),
        ("hold", "--snapshot", KEY, "--wiki", "ptwiki", "--reason", "why"),
        ("retire", "ptwiki", "--reason", "why"),
        ("load", "--snapshot", KEY),
        ("run", "--dumps", "dumps"),
        ("snapshots", "--dumps", "dumps"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_on_a_lake_of_the_old_layout_says_how_to_convert_it(
    old: Path, tmp_path: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dumps").mkdir()
    monkeypatch.chdir(tmp_path)
    result = imagesuggest(*arguments)
    assert result.exit_code != 0
    (says,) = result.output.splitlines()
    assert says.endswith(TOLD)
    assert str(old) in says


def test_the_health_of_a_lake_of_the_old_layout_is_critical(old: Path) -> None:
    result = imagesuggest("health")
    assert result.exit_code == 2
    assert any(line.endswith(TOLD) for line in result.output.splitlines()), result.output


def test_a_lake_is_converted_and_then_read(old: Path) -> None:
    result = imagesuggest("lake", "convert")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"{old}/publishable/snapshot={KEY}: converted",
        f"{old}: 1 partitions converted",
    ]
    assert "ptwiki" in imagesuggest("show", "publishable").output
    again = imagesuggest("lake", "convert")
    assert again.output.splitlines() == [f"{old}: there is nothing to convert"]
