"""Rules are what SPEC.md says unless a file says otherwise, and a file that is wrong is told so."""

import re
from pathlib import Path

import pytest

from imagesuggest_assets.rules import Rules
from resources.errors import InputError


def told(folder: Path, text: str | bytes) -> str:
    """Read rules from a file that is wrong; give what is said of it behind its name."""
    file = folder / "rules.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as error:
        Rules.from_toml(file)
    assert "\n" not in str(error.value)
    name, problem = str(error.value)[: len(str(file))], str(error.value)[len(str(file)) :]
    assert name == str(file)
    return problem


def test_a_file_changes_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('suggestions_most = 3\nplaceholder_files = ["Kein_Bild.png"]\n')
    rules = Rules.from_toml(file)
    changed = {"suggestions_most": 3, "placeholder_files": ["Kein_Bild.png"]}
    assert rules.settings() == Rules().settings() | changed
    file.write_text("")
    assert Rules.from_toml(file).settings() == Rules().settings()


def test_an_unknown_name_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, "sugestions_most = 3").startswith(
        ": no rule is called 'sugestions_most'; see docs/rules.md"
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("suggestions_most = -1", "greater than or equal to 0"),
        ("suggestions_most = 2.5", "valid integer"),
        ('suggestions_most = "many"', "valid integer"),
        ("score_most = 1001", "less than or equal to 1000"),
        ("lost_links_warn = 1.5", "less than or equal to 1"),
        ('name_words = "flag"', "valid list"),
        ('name_words = ["flag", 3]', "valid string"),
        ("[suggestions_most]\nvalue = 3", "valid integer"),
    ],
)
def test_a_value_that_a_rule_cannot_have_is_told_with_its_name(
    tmp_path: Path, line: str, why: str
) -> None:
    problem = told(tmp_path, line)
    assert problem.startswith(f", rule {re.findall(r'[a-z_]+', line)[0]!r}: ")
    assert why in problem


@pytest.mark.parametrize("text", ["suggestions_most", b"\xff\xfe", 'a = "'])
def test_what_is_no_toml_is_told(tmp_path: Path, text: str | bytes) -> None:
    assert told(tmp_path, text).startswith(": is no TOML: ")


def test_a_file_that_is_not_there_or_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read: No such file"):
        Rules.from_toml(tmp_path / "nowhere.toml")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        Rules.from_toml(tmp_path)
