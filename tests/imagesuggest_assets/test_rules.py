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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('placeholder_categories = ["Image placeholders"]', ["Image_placeholders"]),
        ('placeholder_categories = ["category:image_ placeholders "]', ["Image_placeholders"]),
        ('placeholder_files = ["File:kein Bild.png"]', ["Kein_Bild.png"]),
        ('placeholder_files = ["image:e\u0301.png", "\u200eX.png"]', ["É.png", "X.png"]),
        ('name_words = ["falta imagem ", "file:no  image"]', ["falta_imagem_", "no_image"]),
        ('name_words = ["imageNA", "e\u0301"]', ["imageNA", "é"]),
        ('excluded_classes = ["q486972", " Q5 "]', ["Q486972", "Q5"]),
        ('picture_media_types = ["bitmap"]', ["BITMAP"]),
        ('picture_extensions = [".JPG", "Png"]', ["jpg", "png"]),
        ("placeholder_categories = []", []),
    ],
)
def test_names_are_brought_to_the_form_that_they_are_compared_in(
    tmp_path: Path, line: str, expected: list[str]
) -> None:
    (tmp_path / "rules.toml").write_text(line)
    rules = Rules.from_toml(tmp_path / "rules.toml")
    assert rules.settings()[line.split()[0]] == expected
    assert Rules(**rules.settings()).settings() == rules.settings()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('placeholder_categories = ["[[Image placeholders]]"]', "'[' is in no name; expected one"),
        ('placeholder_files = ["File:"]', "'File:' is no name: it is empty"),
        ('name_words = [""]', "is in every name"),
        ('name_words = [" _"]', "is in every name"),
        ('name_words = ["a|b"]', "'|' is in no name"),
        ('excluded_classes = ["486972"]', "'486972' is no item, expected one such as Q577"),
        ('excluded_classes = ["Q0"]', "'Q0' is no item"),
        ('excluded_classes = ["P31"]', "'P31' is no item"),
        ('excluded_classes = ["http://www.wikidata.org/entity/Q577"]', "expected one such as Q577"),
        ('picture_media_types = ["PHOTO"]', "'PHOTO' is no media type, expected one of UNKNOWN, "),
        ("picture_media_types = []", "expected at least one"),
        ('picture_extensions = ["*.jpg"]', "'*.jpg' is no extension, expected one such as jpg"),
        ("picture_extensions = []", "expected at least one"),
        ("anomaly_warn = inf", "inf is too large"),
        ("anomaly_warn = nan", "greater than or equal to 0"),
        ('anomaly_noise = "inf"', "inf is too large"),
        ("overuse_least = inf", "inf is too large"),
        ("patience_days = 1e300", "less than or equal to 36525"),
        ("wiki_oldest_days = 1000000000000", "less than or equal to 36525"),
        ("suggestions_most = 1000000000000000000000", "too large"),
        ("suggestions_most = true", "true is no number"),
        ("anomaly_by_wiki.xwiki.wran = 0.3", "xwiki.wran is no share, expected warn or error"),
        ("anomaly_by_wiki.xwiki.warn = -0.3", "xwiki.warn is -0.3, expected a share such as 0.3"),
        ("anomaly_by_wiki.xwiki.error = inf", "xwiki.error is inf, expected a share"),
        ("anomaly_by_wiki.xwiki.error = nan", "xwiki.error is nan, expected a share"),
        ("anomaly_by_wiki.xwiki.warn = true", "true is no number"),
        ('anomaly_by_wiki."X wiki".warn = 0.2', "'X wiki' is no wiki, expected a database name"),
        ("anomaly_by_wiki.xwiki = 0.3", "valid dictionary"),
        ('wikis."X wiki".least_confidence = 80', "'X wiki' is no wiki, expected a database name"),
        ('wikis.xwiki.kinds_off = ["istype-nothing"]', "'istype-nothing' is no kind, expected one"),
        ("wikis.xwiki.least_confidence = 101", "less than or equal to 100"),
        ("wikis.xwiki.least_confidence = true", "true is no number"),
        ('wikis.xwiki.excluded_files = ["File:"]', "'File:' is no name: it is empty"),
        ('wikis.xwiki.confidence = {"istype-depict+istype-depicts" = 80}', "is no kind, expected"),
        ('wikis.xwiki.confidence = {"istype-depicts" = 101}', "101 is no confidence, expected one"),
        ('wikis.xwiki.confidence = {"istype-depicts" = true}', "true is no number"),
        ("wikis.xwiki.least_confidense = 80", "xwiki: 'least_confidense' is no rule of a wiki"),
    ],
)
def test_a_value_that_would_switch_a_rule_off_is_refused_with_what_was_expected(
    tmp_path: Path, line: str, why: str
) -> None:
    problem = told(tmp_path, line)
    assert problem.startswith(f", rule {re.findall(r'[a-z_0-9]+', line)[0]!r}: ")
    assert why in problem


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("anomaly_warn = 0.4", "anomaly: warn is 0.4 and error 0.3, expected warn to be the lower"),
        ("lost_links_error = 0.005", "lost_links: warn is 0.01 and error 0.005"),
        (
            "anomaly_by_wiki.xwiki = {warn = 0.6, error = 0.5}",
            "anomaly_by_wiki.xwiki: warn is 0.6 and error 0.5",
        ),
        (
            "anomaly_by_wiki.xwiki.warn = 0.6",
            "anomaly_by_wiki.xwiki: warn is 0.6 and error 0.3",
        ),
        ("anomaly_history = 1", "anomaly_history is 1, expected anomaly_history_least (2) or more"),
        ("anomaly_history_least = 7", "anomaly_history is 6, expected anomaly_history_least (7)"),
    ],
)
def test_rules_that_do_not_go_together_are_refused(tmp_path: Path, lines: str, why: str) -> None:
    assert told(tmp_path, lines).startswith(f": {why}")


def test_a_wiki_may_have_wider_shares_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("anomaly_by_wiki.xwiki = {warn = 0.6, error = 0.6}")
    assert Rules.from_toml(tmp_path / "rules.toml").anomaly_shares("xwiki") == (0.6, 0.6)


def test_what_a_wiki_decided_is_brought_to_form(tmp_path: Path) -> None:
    line = (
        'wikis.xwiki = {kinds_off = ["istype-depicts"], excluded_categories = ["category:a b"], '
        'confidence = {"istype-lead-image+istype-depicts" = 60}}'
    )
    (tmp_path / "rules.toml").write_text(line)
    rules = Rules.from_toml(tmp_path / "rules.toml")
    assert rules.settings()["wikis"] == {
        "xwiki": {
            "kinds_off": ["istype-depicts"],
            "least_confidence": 0,
            "excluded_files": [],
            "excluded_categories": ["A_b"],
            "confidence": {"istype-depicts+istype-lead-image": 60},
        }
    }
    assert Rules(**rules.settings()).settings() == rules.settings()
