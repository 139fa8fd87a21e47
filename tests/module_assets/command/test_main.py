"""The command `modules` as people and programs meet it, on one made-up snapshot."""

import csv
import io
import json
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from module_assets.catalog.datasets import DATASETS
from module_assets.command.main import main
from module_assets.scores import FAMILY_FEATURES
from resources.lake import Lake
from tests.acceptance.command import rows_of
from tests.module_assets.partitions import KEY, keep_gate
from tests.module_assets.runs import Snapshot

pytest_plugins = ["tests.module_assets.fixtures"]
Rows = list[dict[str, Any]]
pytestmark = pytest.mark.usefixtures("nothing_is_set")


def call(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(each) for each in arguments], prog_name="modules")


@pytest.fixture
def asked(modules_run: Snapshot) -> Callable[..., Result]:
    """Runs the command on the lake that all share."""
    return lambda *arguments: call(*arguments, "--lake", modules_run.lake)


@pytest.fixture
def told(asked: Callable[..., Result]) -> Callable[..., Rows]:
    """Gives what the command writes as JSON, one row a line."""

    def rows(*arguments: str) -> Rows:
        result = asked(*arguments, "--format", "json")
        assert result.exit_code == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    return rows


@pytest.fixture
def there(modules_run: Snapshot) -> Callable[[str], Rows]:
    """Gives the rows of a dataset, read without the project's own code."""
    return lambda dataset: rows_of(modules_run.lake, dataset, KEY)


def named(row: dict[str, Any]) -> str:
    return f"{row['wiki_db']}/{row['page_id']}"


def member(there: Callable[[str], Rows], relation: str) -> tuple[str, str]:
    """A module that is so to its representative, and that one."""
    row = next(row for row in there("module_families") if row["relation"] == relation)
    return named(row), row["family_id"]


@pytest.mark.parametrize(("name", "command"), list(main.commands.items()))
def test_help_names_every_option_and_its_variable(name: str, command: click.Command) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0
    assert command.help
    words = " ".join(result.output.split())
    assert " ".join(command.help.split(".")[0].split()) in words
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert max(parameter.opts, key=len) in words
            assert parameter.help
            given = parameter.envvar or []
            for variable in [given] if isinstance(given, str) else given:
                assert variable in words


def test_the_lake_and_the_wikis_are_never_those_of_the_image_suggestions() -> None:
    variables = {parameter.name: parameter.envvar for parameter in main.commands["run"].params}
    assert variables["lake"] == "MODULES_LAKE"
    assert variables["wikis"] == "MODULES_WIKIS"
    assert variables["rules"] == "MODULES_RULES"
    assert variables["dumps"] == ["MODULES_DUMPS", "IMAGESUGGEST_DUMPS"]


def test_help_teaches_the_first_commands_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from module_assets.command.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'dagster', 'duckdb', 'ibis', 'pyarrow', 'pyspark', 'pandas', 'numpy'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in ("modules sample data/", "modules run --dumps", "modules top", "modules family"):
        assert line in done.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["fly"], "No such command 'fly'"),
        (["run", "--select", "modules,fly"], "no dataset is called fly; see `modules datasets`"),
        (["show", "fly"], "'fly' is not one of 'manifest', "),
        (["top", "--of", "fly"], "'fly' is not one of 'families', 'modules'"),
        (["top", "--kind", "alias"], "is not one of"),
        (["diff", "enwiki/101", "arwiki/102", "--view", "fly"], "is not one of 'written', 'code'"),
        (["sample", "x", "--wikis", "0"], "0 is not in the range x>=1"),
        (["family"], "Missing argument 'WIKI/PAGE_ID|WIKI:TITLE'"),
    ],
)
def test_wrong_usage_ends_in_2_and_says_what_is_wrong(arguments: list[str], problem: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert problem in result.stderr
    assert not result.stdout


FEATURES = ", ".join(feature.name for feature in FAMILY_FEATURES)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["top", "--snapshot", "2020-01-01"], f"no snapshot 2020-01-01; there are {KEY}"),
        (
            ["top", "--weights", "fly:1"],
            f"'fly' is no feature; .* among {FEATURES}, weights from 0",
        ),
        (["top", "--weights", "copies:11"], "the weight of copies is '11'; .* from 0 to 10"),
        (["top", "--weights", "copies:-1"], "the weight of copies is '-1'"),
        (["top", "--weights", "copies:nan"], "the weight of copies is 'nan'"),
        (["top", "--weights", "copies:1,copies:2"], "copies is weighed twice"),
        (["top", "--of", "modules", "--weights", "copies:1"], "'copies' is no feature"),
        (["family", "enwiki/101", "--weights", "copies"], "the weight of copies is ''"),
        (["export", "families", "--weights", "fly:1"], "'fly' is no feature"),
        (["module", "fly"], "'fly' is no module; write wiki/page_id or wiki:title"),
        (["module", "enwiki/1"], f"the snapshot {KEY} has no module enwiki/1"),
        (["module", "nowiki:Often"], f"the snapshot {KEY} has no module nowiki:Often"),
        (["family", "enwiki:Moved"], "has no family: it is no code and no data"),
        (["diff", "enwiki/101", "enwiki:fly"], f"the snapshot {KEY} has no module enwiki:fly"),
        (["export", "fly"], "'fly' is no module"),
        (["show", "modules", "--wiki", "nowiki"], "no wiki nowiki; there are arwiki, "),
        (["check", "--snapshot", "2020-01-01"], f"no snapshot 2020-01-01 is there; .* {KEY}"),
        (["run", "--dumps", "nowhere"], "nowhere: no such folder|nowhere: no wiki's dump in it"),
        (["run"], "no dumps: set MODULES_DUMPS, or IMAGESUGGEST_DUMPS"),
    ],
)
def test_what_is_not_there_ends_in_1_and_is_told_in_one_line_with_what_is(
    asked: Callable[..., Result], arguments: list[str], problem: str
) -> None:
    result = asked(*arguments)
    assert result.exit_code == 1
    assert re.fullmatch(r"modules: error: [^\n]*\n", result.stderr)
    assert re.search(problem, result.stderr)
    assert not result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("top",),
        ("functions",),
        ("family", "enwiki/101"),
        ("module", "enwiki/101"),
        ("diff", "enwiki/101", "arwiki/102"),
        ("export", "families"),
        ("check",),
        ("show", "modules"),
    ],
)
def test_as_long_as_nothing_was_run_every_command_says_what_to_do(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    result = call(*arguments, "--lake", tmp_path / "lake")
    assert result.exit_code == 1
    assert re.fullmatch(r"modules: error: [^\n]*`modules run`[^\n]*\n", result.stderr)


def test_the_best_families_come_first_with_what_makes_their_scores(
    told: Callable[..., Rows], there: Callable[[str], Rows]
) -> None:
    rows = told("top", "--limit", "0")
    stored = sorted(there("family_scores"), key=lambda row: row["rank"])
    names = ("family_id", "rank", "rank_best", "rank_worst", "score")
    assert [[row[name] for name in names] for row in rows] == [
        [row[name] for name in names] for row in stored
    ]
    for row in rows:
        parts = [row[f"contribution_{feature.name}"] for feature in FAMILY_FEATURES]
        assert sum(parts) == pytest.approx(row["score"], abs=1e-3)
    assert told("top", "--limit", "2") == rows[:2]


def test_the_best_modules_are_those_of_the_dataset(
    told: Callable[..., Rows], there: Callable[[str], Rows]
) -> None:
    stored = there("module_scores")
    stored.sort(key=lambda row: (-row["score"], row["wiki_db"], row["page_id"]))
    rows = told("top", "--of", "modules", "--limit", "0")
    assert [(named(row), row["score"]) for row in rows] == [
        (named(row), row["score"]) for row in stored
    ]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))


def test_other_weights_give_another_order_and_their_own_scores(
    told: Callable[..., Rows],
) -> None:
    alone = ",".join(f"{each.name}:{int(each.name == 'versions')}" for each in FAMILY_FEATURES)
    rows = told("top", "--weights", alone, "--limit", "0")
    assert [row["versions"] for row in rows] == sorted(
        (row["versions"] for row in rows), reverse=True
    )
    assert {row["contribution_copies"] for row in rows} == {0.0}
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("option", "value", "is_wanted"),
    [
        ("--wiki", "enwiki", lambda wikis: "enwiki" in wikis),
        ("--project", "commons", lambda wikis: "commonswiki" in wikis),
        ("--language", "ar", lambda wikis: "arwiki" in wikis),
        ("--min-wikis", "3", lambda wikis: len(wikis) >= 3),
    ],
)
def test_a_filter_leaves_the_families_that_are_like_that_at_their_ranks(
    told: Callable[..., Rows],
    there: Callable[[str], Rows],
    option: str,
    value: str,
    is_wanted: Callable[[set[str]], bool],
) -> None:
    drafts = {named(row) for row in there("modules") if row["is_draft"]}
    wikis: dict[str, set[str]] = {}
    for row in there("module_families"):
        if named(row) not in drafts:
            wikis.setdefault(row["family_id"], set()).add(row["wiki_db"])
    every = told("top", "--limit", "0")
    wanted = [row for row in every if is_wanted(wikis[row["family_id"]])]
    assert 0 < len(wanted) < len(every)
    assert told("top", "--limit", "0", option, value) == wanted


def test_titles_are_found_in_any_case_with_blanks(told: Callable[..., Rows]) -> None:
    assert {row["title"] for row in told("top", "--title", "family 1")} == {"Family_1"}
    assert told("top", "--title", "no such title") == []
    titles = {row["title"] for row in told("top", "--of", "modules", "--title", "FAMILY 0/D")}
    assert titles == {"Family_0/data"}


def test_kinds_are_told_apart(told: Callable[..., Rows]) -> None:
    for kind in ("code", "data"):
        rows = told("top", "--of", "modules", "--kind", kind)
        assert {row["kind"] for row in rows} == {kind}


def test_nothing_like_that_is_said_and_is_no_error(asked: Callable[..., Result]) -> None:
    result = asked("top", "--title", "no such title")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "nothing is like that\n")


def test_the_bar_has_a_letter_for_each_four_points(asked: Callable[..., Result]) -> None:
    text = asked("top", "--limit", "1", "--format", "csv").stdout
    (row,) = csv.DictReader(io.StringIO(text))
    bar = "".join(
        each.name[0] * round(float(row[f"contribution_{each.name}"]) / 4)
        for each in FAMILY_FEATURES
    )
    assert bar in asked("top", "--limit", "1").stdout


def test_functions_that_are_on_the_most_wikis_come_first(
    told: Callable[..., Rows], there: Callable[[str], Rows]
) -> None:
    rows = told("functions", "--limit", "0")
    order = [(-row["wikis"], -row["families"], -row["functions"], row["shape"]) for row in rows]
    assert order == sorted(order)
    assert {row["shape"] for row in rows} == {row["shape"] for row in there("function_families")}
    name = rows[0]["name"]
    assert {row["name"] for row in told("functions", "--title", name.upper())} == {name}


def family_of(asked: Callable[..., Result], module: str, *more: str) -> dict[str, Any]:
    result = asked("family", module, "--format", "json", *more)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_family_is_shown_with_its_reasons_and_members_the_most_used_first(
    asked: Callable[..., Result], there: Callable[[str], Rows]
) -> None:
    module, family_id = member(there, "localised")
    found = family_of(asked, module)
    assert (found["family_id"], found["snapshot"], found["code"]) == (family_id, KEY, None)
    points = [reason["contribution"] for reason in found["reasons"]]
    assert points == sorted(points, reverse=True)
    assert sum(points) == pytest.approx(found["family"]["score"], abs=1e-3)
    rows = [row for row in there("module_families") if row["family_id"] == family_id]
    assert {named(row): row["relation"] for row in found["members"]} == {
        named(row): row["relation"] for row in rows
    }
    used = [row["transclusions"] for row in found["members"]]
    assert used == sorted(used, reverse=True)


def test_members_of_one_code_have_one_letter_and_others_another(
    asked: Callable[..., Result], there: Callable[[str], Rows]
) -> None:
    hashes = {named(row): row["code_hash"] for row in there("module_code")}
    rows = family_of(asked, "enwiki:Often")["members"]
    assert len(rows) == 12
    letters = {(row["version"], hashes[named(row)]) for row in rows}
    assert sorted(letter for letter, _ in letters) == list("abcdefghijkl")[: len(letters)]
    assert len({code for _, code in letters}) == len(letters)


def test_a_family_of_one_wiki_alone_is_shown_and_has_no_score(
    asked: Callable[..., Result], there: Callable[[str], Rows]
) -> None:
    scored = {row["family_id"] for row in there("family_scores")}
    alone = next(row for row in there("module_families") if row["family_id"] not in scored)
    found = family_of(asked, named(alone))
    assert (found["family"], found["reasons"]) == (None, [])
    assert "on one wiki alone, and so not scored" in asked("family", named(alone)).stdout


def test_the_page_of_a_family_has_all_its_parts(asked: Callable[..., Result]) -> None:
    text = asked("family", "enwiki:Often", "--code").stdout
    assert re.match(r"Often(_\d+)? \(\w+/\d+\): 12 modules on 6 wikis, \d+ versions; rank \d", text)
    for title in ("Why this score", "Members"):
        assert f"\n{title}\n" in text
    assert "local p = {}" in text


@pytest.mark.parametrize("title", ["languages", "Languages"])
def test_titles_that_differ_in_their_first_letter_alone_are_two_modules(
    asked: Callable[..., Result], title: str
) -> None:
    found = json.loads(asked("module", f"enwiktionary:{title}", "--format", "json").stdout)
    assert found["title"] == title


@pytest.mark.parametrize(
    "name",
    ["bgwiki:Family 0/data", "bgwiki:Модул:family_0/data", "bgwiki:module:Family 0/data"],
)
def test_a_module_is_found_by_its_title_with_any_namespace(
    asked: Callable[..., Result], name: str
) -> None:
    found = json.loads(asked("module", name, "--format", "json").stdout)
    assert (found["wiki_db"], found["title"]) == ("bgwiki", "Family_0/data")


def test_a_title_with_a_colon_is_no_namespace(asked: Callable[..., Result]) -> None:
    found = json.loads(asked("module", "enwiki:User:Somebody/work", "--format", "json").stdout)
    assert (found["title"], found["is_draft"]) == ("User:Somebody/work", True)


def test_a_module_tells_what_it_refers_to_and_who_refers_to_it(
    asked: Callable[..., Result], there: Callable[[str], Rows]
) -> None:
    reference = next(row for row in there("module_references") if row["target_page_id"])
    wiki, target = reference["wiki_db"], reference["target_page_id"]
    found = json.loads(asked("module", named(reference), "--format", "json").stdout)
    assert target in [row["target_page_id"] for row in found["refers_to"]]
    found = json.loads(asked("module", f"{wiki}/{target}", "--format", "json", "--code").stdout)
    assert reference["page_id"] in [row["page_id"] for row in found["referred_by"]]
    (text,) = (
        row["text"]
        for row in there("module_text")
        if (row["wiki_db"], row["page_id"]) == (wiki, target)
    )
    assert found["code"] == text
    assert found["revision"].startswith(f"https://{found['domain']}/w/index.php?oldid=")


def test_what_is_not_known_of_a_module_is_null_and_not_0(asked: Callable[..., Result]) -> None:
    found = json.loads(asked("module", "enwiktionary:Often", "--format", "json").stdout)
    assert (found["languages"], found["languages_scaled"]) == (None, None)


@pytest.mark.parametrize(
    ("relation", "codes"),
    [
        ("exact", {"written": 0, "code": 0, "structure": 0}),
        ("formatting", {"written": 1, "code": 0, "structure": 0}),
        ("localised", {"written": 1, "code": 1, "structure": 0}),
        ("near", {"written": 1, "code": 1, "structure": 1}),
    ],
)
def test_a_diff_ends_in_1_where_two_differ_in_its_view(
    asked: Callable[..., Result],
    there: Callable[[str], Rows],
    relation: str,
    codes: dict[str, int],
) -> None:
    module, representative = next(
        (named(row), row["family_id"])
        for row in there("module_families")
        if row["relation"] == relation and named(row) != row["family_id"]
    )
    for view, code in codes.items():
        result = asked("diff", representative, module, "--view", view)
        assert result.exit_code == code, (view, result.stdout)
        lines = result.stdout.splitlines()
        expected = [f"--- {representative}", f"+++ {module}"] if code else []
        assert lines[:2] == expected
        assert any(line.startswith("@@") for line in lines) == bool(code)


@pytest.mark.parametrize("what", ["families", "modules", "functions"])
def test_a_whole_list_is_exported_the_same_as_csv_and_json(
    asked: Callable[..., Result], tmp_path: Path, what: str
) -> None:
    for form in ("csv", "json"):
        result = asked("export", what, tmp_path / f"list.{form}", "--format", form)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr.startswith(f"{tmp_path / f'list.{form}'}: ")
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        as_csv = list(csv.DictReader(file))
    as_json = [json.loads(line) for line in (tmp_path / "list.json").read_text().splitlines()]
    assert as_csv == [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in as_json
    ]
    assert asked("export", what).stdout == (tmp_path / "list.csv").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"list.csv", "list.json"}


def test_a_family_is_exported_as_its_texts_with_the_credits_of_each(
    asked: Callable[..., Result], there: Callable[[str], Rows], tmp_path: Path
) -> None:
    result = asked("export", "enwiki:Often", tmp_path / "often.zip")
    family_id = family_of(asked, "enwiki:Often")["family_id"]
    assert result.stderr == f"{tmp_path / 'often.zip'}: 12 modules of the family {family_id}\n"
    texts = {named(row): row["text"] for row in there("module_text")}
    with zipfile.ZipFile(tmp_path / "often.zip") as archive:
        assert archive.testzip() is None
        credited = list(csv.DictReader(io.StringIO(archive.read("CREDITS.csv").decode())))
        assert {*archive.namelist()} == {"CREDITS.csv", *(row["file"] for row in credited)}
        for row in credited:
            wiki, page = row["wiki"], re.findall(r"-(\d+)\.lua$", row["file"])[0]
            assert row["file"].startswith(f"{wiki}/")
            assert archive.read(row["file"]).decode() == texts[f"{wiki}/{page}"]
            assert re.match(r"https://[\w.]+/w/index\.php\?oldid=\d+$", row["revision"])
            assert row["history"].endswith(f"curid={page}&action=history")
    again = asked("export", "enwiki:Often", tmp_path / "again.zip")
    assert again.exit_code == 0
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "often.zip").read_bytes()


def test_a_family_needs_a_file_to_be_exported_to(asked: Callable[..., Result]) -> None:
    result = asked("export", "enwiki:Often")
    assert result.exit_code == 2
    assert "name the zip file" in result.stderr


@pytest.mark.parametrize("what", ["modules", "enwiki:Often"])
def test_what_can_not_be_written_whole_leaves_what_was_there(
    asked: Callable[..., Result], tmp_path: Path, what: str
) -> None:
    """As on a full disk: for a moment, this process may write some hundred bytes to a file."""
    target = tmp_path / "to" / "file"
    target.parent.mkdir()
    target.write_text("of before")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        result = asked("export", what, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert result.exit_code == 1
    assert re.fullmatch(r"modules: error: .*File too large.*\n", result.stderr)
    assert target.read_text() == "of before"
    assert list(target.parent.iterdir()) == [target]


def test_rows_of_a_dataset_are_shown_the_best_first(told: Callable[..., Rows]) -> None:
    rows = told("show", "module_use", "--wiki", "arwiki", "--limit", "5")
    assert {row["wiki_db"] for row in rows} == {"arwiki"}
    used = [row["transclusions"] for row in rows]
    assert len(used) == 5
    assert used == sorted(used, reverse=True)


def test_datasets_lists_every_column_with_its_meaning() -> None:
    words = " ".join(re.sub(r"[│┃─━┏┓┗┛┡┩└┘├┤┬┴┼╇┳╋]", " ", call("datasets").stdout).split())
    for dataset in DATASETS.values():
        assert f"{dataset.name}:" in words
        for column in dataset.columns:
            assert column.name in words


def test_all_checks_are_listed_the_worst_first(asked: Callable[..., Result]) -> None:
    result = asked("check")
    assert result.exit_code == 0
    cells = [line.strip("│").split("│") for line in result.stdout.splitlines() if "│" in line]
    verdicts = [cell[0].strip() for cell in cells if cell[0].strip()]
    assert set(verdicts) == {"WARN", "passed"}
    assert verdicts == sorted(verdicts, key=["WARN", "passed"].index)
    assert len(verdicts) > 2 * len(DATASETS) - len(DATASETS)


def test_a_check_that_finds_an_error_ends_in_1(modules_lake: Path) -> None:
    with closing(Lake(modules_lake)) as here:
        keep_gate(here, KEY, enwiki="held", arwiki="published")
    result = call("check", "--lake", modules_lake)
    assert result.exit_code == 1
    assert "enwiki is held: because" in result.stdout


def test_a_held_snapshot_is_said_on_standard_error_and_its_rows_stay_whole(
    modules_lake: Path, asked: Callable[..., Result]
) -> None:
    with closing(Lake(modules_lake)) as here:
        keep_gate(here, KEY, enwiki="held", arwiki="published")
    result = call("top", "--lake", modules_lake, "--format", "csv")
    assert result.exit_code == 0
    assert result.stderr == f"{KEY} is not let through of 1 wikis: enwiki: because\n"
    assert result.stdout == asked("top", "--format", "csv").stdout
    assert asked("top").stderr == ""


def test_settings_come_from_the_environment_and_are_checked(
    modules_run: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODULES_LAKE", str(modules_run.lake))
    assert "Often" in call("top").stdout
    monkeypatch.setenv("MODULES_ENGINE", "abacus")
    result = call("top")
    assert result.exit_code == 1
    assert "MODULES_ENGINE is 'abacus'; choose duckdb or spark" in result.stderr


def test_reading_leaves_nothing_in_the_lake(
    asked: Callable[..., Result], modules_run: Snapshot
) -> None:
    asked("top")
    assert not list((modules_run.lake / ".scratch").iterdir())
