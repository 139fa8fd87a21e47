"""The command as people and programs meet it: help, usage, rows shown, lines and bars."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from graph.arrow import schema_of
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.command.main import main
from resources.lake import Lake
from resources.sample import make_sample
from resources.versions import Statistics
from tests.acceptance.command import imagesuggest

OLD, NEW = "2026-10-26", "2026-11-02"
KIND = "istype-depicts"
COMMAND = Path(sys.executable).with_name("imagesuggest")
pytestmark = pytest.mark.usefixtures("nothing_is_set")


def call(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(each) for each in arguments], prog_name="imagesuggest")


def suggestion(page: int, image: str, rank: int, wiki: str = "ptwiki") -> tuple[Any, ...]:
    """A row of filtered_suggestions."""
    return (wiki, page, 7, f"Title_{page}", f"Q{page}", image, 90 - rank, [KIND], None, rank)


def keep(lake: Path, dataset: str, snapshot: str, rows: list[tuple[Any, ...]]) -> None:
    """Write a partition."""
    declared = DATASETS[dataset]
    schema = schema_of(declared)
    records = [dict(zip(schema.names, row, strict=True)) for row in rows]
    wikis = [row[0] for row in rows] if declared.wiki_column else []
    counted = {wiki: wikis.count(wiki) for wiki in wikis}
    statistics = Statistics(len(rows), 0, 0, rows_by_wiki=counted)
    with (kept := Lake(lake)).replacing(dataset, snapshot, statistics) as folder:
        folder.mkdir()
        pq.write_table(pa.Table.from_pylist(records, schema), folder / "rows.parquet")
    kept.close()


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake of two snapshots, the newer one with rows in no order."""
    folder = tmp_path / "lake"
    keep(folder, "filtered_suggestions", OLD, [suggestion(9, "Old.jpg", 1)])
    keep(
        folder,
        "filtered_suggestions",
        NEW,
        [
            suggestion(5, "Third.jpg", 3),
            suggestion(5, "Second,_with_comma.jpg", 2),
            suggestion(6, 'Quote".jpg', 1, "arwiki"),
            suggestion(5, "First.jpg", 1),
        ],
    )
    page = (1, 0, "Title", False, 1)
    keep(folder, "pages", NEW, [("arwiki", *page), ("ptwiki", *page), ("newwiki", *page)])
    when = datetime(2026, 11, 1, 12, tzinfo=UTC)
    keep(folder, "feedback", NEW, [("ptwiki", 5, "Bad.jpg", "rejected", "article", when)])
    keep(folder, "item_claims", NEW, [("Q5", "P31", "Q6")])
    return folder


@pytest.mark.parametrize(("name", "command"), list(main.commands.items()))
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_option_and_its_variable(
    name: str, command: click.Command, flag: str
) -> None:
    result = call(name, flag)
    assert result.exit_code == 0
    assert command.help
    words = " ".join(result.output.split())
    assert " ".join(command.help.split(".")[0].split()) in words
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert max(parameter.opts, key=len) in words
            assert parameter.help
            assert parameter.help in words
            if parameter.envvar:
                assert f"env var: {parameter.envvar}" in words


def test_every_setting_of_a_run_is_an_environment_variable_too() -> None:
    variables = {parameter.envvar for parameter in main.commands["run"].params}
    settings = ("DUMPS", "WIKIS", "LAKE", "ENGINE", "MEMORY", "RULES", "CACHE", "CACHE_LIMIT")
    assert variables - {None} == {f"IMAGESUGGEST_{name}" for name in settings}


def test_help_teaches_the_first_three_commands_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from imagesuggest_assets.command.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'dagster', 'duckdb', 'ibis', 'pyarrow', 'pyspark', 'pandas', 'matplotlib'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    for line in ("imagesuggest sample data/dumps", "imagesuggest run --dumps", "imagesuggest show"):
        assert line in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fly"], "No such command 'fly'"),
        (["run", "--fly"], "No such option '--fly'"),
        (["run", "--engine", "abacus"], "'abacus' is not one of 'duckdb', 'spark'"),
        (["run", "--select", "pages,fly"], "no dataset is called fly; see `imagesuggest datasets`"),
        (["show"], "Missing argument 'DATASET'"),
        (["show", "fly"], "'fly' is not one of 'manifest', "),
        (["show", "pages", "--format", "xml"], "'xml' is not one of 'table', 'csv', 'json'"),
        (["show", "pages", "--limit", "-1"], "-1 is not in the range x>=0"),
        (["sample"], "Missing argument 'DIRECTORY'"),
        (["sample", "x", "--articles", "0"], "0 is not in the range x>=1"),
    ],
)
def test_wrong_usage_ends_in_2_and_says_what_is_wrong(arguments: list[str], told: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "signals"], "nothing of signals is there; run `imagesuggest run` first"),
        (["show", "filtered_suggestions", "--snapshot", "2020-01-01"], f"are {OLD}, {NEW}"),
        (
            ["show", "pages", "--wiki", "nowiki"],
            "no wiki nowiki; there are arwiki, ",
        ),
        (["show", "item_claims", "--wiki", "ptwiki"], "item_claims has no wiki"),
        (["run", "--dumps", "nowhere"], "nowhere: no such folder; --dumps (or IMAGESUGGEST_DUMPS)"),
        (["run"], "no dumps: set IMAGESUGGEST_DUMPS (or --dumps)"),
        (["run", "--dumps", ".", "--snapshot", "today"], "'today' is no snapshot; write a date"),
    ],
)
def test_what_is_not_there_ends_in_1_and_is_told_in_one_line(
    lake: Path, arguments: list[str], told: str
) -> None:
    result = call(*arguments, "--lake", lake)
    assert result.exit_code == 1
    assert re.fullmatch(r"imagesuggest: error: [^\n]*\n", result.stderr)
    assert told in result.stderr
    assert not result.stdout


def test_settings_come_from_the_environment_and_are_checked(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGESUGGEST_LAKE", str(lake))
    assert "Bad.jpg" in call("show", "feedback").stdout
    monkeypatch.setenv("IMAGESUGGEST_ENGINE", "abacus")
    result = call("show", "feedback")
    assert result.exit_code == 1
    assert "IMAGESUGGEST_ENGINE is 'abacus'; choose duckdb or spark" in result.stderr


def test_without_pyspark_spark_is_refused_and_duckdb_is_not_in_want_of_it(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    result = call("run", "--engine", "spark", "--lake", lake)
    assert result.exit_code == 1
    told = "the engine spark needs PySpark, which is not here; run `make install`"
    assert result.stderr == f"imagesuggest: error: {told}\n"
    program = (
        "import sys\n"
        "sys.modules.update(pyspark=None, dagster_pyspark=None)\n"
        "import imagesuggest_assets.definitions\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_csv_reads_back_with_the_best_first(lake: Path) -> None:
    text = call("show", "filtered_suggestions", "--format", "csv", "--lake", lake).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == DATASETS["filtered_suggestions"].column_names
    assert [(row["wiki_db"], row["image"], row["rank"]) for row in rows] == [
        ("arwiki", 'Quote".jpg', "1"),
        ("ptwiki", "First.jpg", "1"),
        ("ptwiki", "Second,_with_comma.jpg", "2"),
        ("ptwiki", "Third.jpg", "3"),
    ]
    assert {row["kinds"] for row in rows} == {KIND}
    assert {row["found_on"] for row in rows} == {""}


def test_json_reads_back_with_lists_nulls_and_times(lake: Path) -> None:
    text = call("show", "filtered_suggestions", "--format", "json", "--lake", lake).stdout
    rows = [json.loads(line) for line in text.splitlines()]
    assert tuple(rows[0].values()) == suggestion(6, 'Quote".jpg', 1, "arwiki")
    assert [row["rank"] for row in rows] == [1, 1, 2, 3]
    (event,) = call("show", "feedback", "--format", "json", "--lake", lake).stdout.splitlines()
    assert datetime.fromisoformat(json.loads(event)["dt"]) == datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_the_table_shows_every_column_and_the_best_first(lake: Path) -> None:
    text = call("show", "filtered_suggestions", "--wiki", "ptwiki", "--lake", lake).stdout
    for column in DATASETS["filtered_suggestions"].column_names:
        assert column.replace("_", " ") in text
    places = [text.index(name) for name in ("First.jpg", "Second,_with_comma.jpg", "Third.jpg")]
    assert places == sorted(places)
    assert "arwiki" not in text


def test_rows_are_limited_and_of_the_snapshot_asked_for(lake: Path) -> None:
    def images(*arguments: str) -> list[str]:
        text = call("show", "filtered_suggestions", "--format", "json", "--lake", lake, *arguments)
        return [json.loads(line)["image"] for line in text.stdout.splitlines()]

    assert images("--limit", "2") == ['Quote".jpg', "First.jpg"]
    assert len(images("--limit", "0")) == 4
    assert images("--snapshot", OLD) == ["Old.jpg"]
    assert images("--wiki", "newwiki") == []


def test_show_leaves_nothing_in_the_lake(lake: Path) -> None:
    call("show", "pages", "--lake", lake)
    assert not list((lake / ".scratch").iterdir())


def test_whoever_reads_may_stop_reading(lake: Path) -> None:
    process = subprocess.Popen(
        [COMMAND, "show", "pages", "--lake", lake], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def test_datasets_lists_every_column_with_its_meaning() -> None:
    result = call("datasets")
    assert result.exit_code == 0
    words = " ".join(re.sub(r"[│┃─━┏┓┗┛┡┩└┘├┤┬┴┼╇┳╋]", " ", result.stdout).split())
    for dataset in DATASETS.values():
        assert f"{dataset.name}:" in words
        for column in dataset.columns:
            assert column.name in words


def test_a_dataset_without_what_it_is_computed_from_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    make_sample(tmp_path / "dumps", articles=20, wikis=1)
    lake = tmp_path / "lake"
    result = call("run", "--dumps", tmp_path / "dumps", "--lake", lake, "--select", "pages")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"imagesuggest: error: pages: mediawiki_page has no partition {NEW} in {lake}; "
        "materialize it first"
    )
    assert not (lake / "pages").exists()


def test_definitions_are_imported_without_reading_data_or_starting_an_engine(
    tmp_path: Path,
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, threading, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "opened = []\n"
        "def hear(event, given):\n"
        "    if event == 'open' and isinstance(given[0], str):\n"
        "        opened.append(given[:2])\n"
        "    elif event in ('os.mkdir', 'os.rename', 'sqlite3.connect', 'socket.connect'):\n"
        "        opened.append((f'{event} {given[0]}', 'w'))\n"
        "import duckdb\n"
        "connect, duckdb.connect = duckdb.connect, lambda *_: sys.exit('DuckDB was started')\n"
        "sys.addaudithook(hear)\n"
        "import imagesuggest_assets.definitions as module\n"
        "module.build_definitions()\n"
        "from pyspark.sql import SparkSession\n"
        "assert SparkSession._instantiatedSession is None\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
        "writing = [each for each in opened if set(each[1] or 'r') & set('wax+')]\n"
        "writing = [each for each in writing if each[0] != '/dev/null']\n"
        "assert not writing, writing\n"
        "here = [each for each in opened if each[0].startswith(sys.argv[1])]\n"
        "assert not here, here\n"
    )
    for name in ("dumps", "lake", "dagster"):
        (tmp_path / name).mkdir()
    environment = {
        "IMAGESUGGEST_DUMPS": str(tmp_path / "dumps"),
        "IMAGESUGGEST_LAKE": str(tmp_path / "lake"),
        "DAGSTER_HOME": str(tmp_path / "dagster"),
    }
    done = subprocess.run(
        [sys.executable, program, tmp_path],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dumps that take a moment to read."""
    folder = tmp_path_factory.mktemp("links")
    make_sample(folder / "dumps", articles=30_000, wikis=2)
    return folder / "dumps"


READ = ("mediawiki_page", "mediawiki_pagelinks")


def test_where_there_is_no_terminal_lines_are_plain(dumps: Path, tmp_path: Path) -> None:
    given = ("run", "--dumps", dumps, "--lake", tmp_path / "lake", "--select", ",".join(READ))
    ended = imagesuggest(*given, home=tmp_path)
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err
    first, *others = ended.err.splitlines()
    # What is read is chosen first.
    assert first == f"Snapshot {NEW}: 3 datasets"
    done = [re.fullmatch(r"done +(\w+) +[\d,]+ rows +[\d.]+ s", line) for line in others]
    assert sorted(line[1] for line in done if line) == ["manifest", *sorted(READ)]
    for name in READ:
        assert re.search(rf"{name} .*[\d,]+ .*arwiki [\d,]+, .*\d\.\d\d", ended.out)


def on_a_terminal(command: list[str | Path], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command on a terminal of its own; give its exit code and all it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:
            # Linux's way of saying that nobody has the terminal any more.
            break
        if not read:
            break
        written += read
    os.close(ours)
    return process.wait(), written.decode()


def test_on_a_terminal_bars_show_how_far_reading_has_come(dumps: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [COMMAND, "run", "--dumps", dumps, "--lake", tmp_path / "lake"]
    home = {"DAGSTER_HOME": str(tmp_path / "dagster")}
    code, written = on_a_terminal([*command, "--select", ",".join(READ)], home)
    assert code == 0, written
    read = re.findall(r"reading mediawiki_tables.*?([\d.,]+) MB of ([\d.,]+) MB", written)
    assert read, "no bar was seen"
    (total,) = {whole for _, whole in read}
    shares = [float(part) / float(total) for part, _ in read]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    # In the end the bars are gone and the lines are left.
    assert re.search(r"done +mediawiki_pagelinks", written)
    assert "\x1b[?25h" in written[written.rindex("reading ") :]


def test_an_interrupted_run_says_so_and_leaves_nothing_behind(dumps: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    process = subprocess.Popen(
        [COMMAND, "run", "--dumps", dumps, "--lake", lake],
        env={**os.environ, "DAGSTER_HOME": str(tmp_path / "dagster")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for line in process.stderr:
        if line.startswith("done"):
            process.send_signal(signal.SIGINT)
            break
    lines = process.stderr.read().splitlines()
    process.stderr.close()
    assert process.wait() == 1
    assert re.fullmatch(r"imagesuggest: error: (\w+: )?interrupted", lines[-1])
    assert not list((lake / ".scratch").iterdir())
