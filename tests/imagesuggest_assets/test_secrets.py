"""No secret of any setting is in a text, a log, a page or what Dagster shows."""

import logging
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest
from click.testing import CliRunner

from imagesuggest_assets.command.main import main
from imagesuggest_assets.definitions import build_definitions, build_dumps, build_resources
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from resources.dagster_internals import RepositorySnap, serialize_value
from resources.errors import UserError
from resources.paging.destinations import destinations_from
from resources.storage import storage_at
from tests.conftest import need_java
from tests.imagesuggest_assets.snapshots.sensors import Sensors
from tests.resources.sources.mirror_server import serving

SECRET = "s3cret"
ADDRESSES = (
    f"https://ana:{SECRET}@host.invalid/path",
    f"HTTPS://ana:{SECRET}@host.invalid/path",
    f"htps://ana:{SECRET}@host.invalid/path",
    f"https:/ana:{SECRET}@host.invalid/path",
    f"https//ana:{SECRET}@host.invalid/path",
    f"//ana:{SECRET}@host.invalid",
    f"ana:{SECRET}@host.invalid:9042",
    f"ana:{SECRET}@host.invalid",
    f"https//{SECRET}@host.invalid",
    f"https://ana:{SECRET}",
    f"https://ana:{SECRET}@[host",
    f"https://ana:{SECRET}@host.invalid:port/path",
    f"https://ana:x{SECRET}/x@host.invalid",
    f"https://ana:x#{SECRET}@host.invalid",
    f"https://host.invalid/path?key={SECRET}",
    f"s3://ana:{SECRET}@bucket/path",
    f"file://ana:{SECRET}@host.invalid/path",
)
OPTIONS = (
    f"a={SECRET}@host.invalid",
    f"spark.hadoop.fs.s3a.secret.key={SECRET} {SECRET}",
    f"spark.hadoop.fs.s3a.secret.key={SECRET}",
    f"spark.remote=sc://host.invalid:15002/;token={SECRET}",
    f"hadoop.secret.key={SECRET}",
)


class _Asked(dict[str, str]):
    """An environment that notes what is asked for."""

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.setdefault(name, "")
        return super().get(name) or default


def _names() -> list[str]:
    """List every variable that is a setting."""
    asked = _Asked(
        IMAGESUGGEST_CASSANDRA="host",
        IMAGESUGGEST_SEARCH="files",
        IMAGESUGGEST_METASTORE="thrift://host:9083",
    )
    with patch.object(os, "environ", asked):
        Settings.from_environment()
    return sorted(name for name in asked if name.startswith("IMAGESUGGEST_"))


SETTINGS = _names()
PATHS = {
    f"IMAGESUGGEST_{name}"
    for name in (
        *("DUMPS", "LAKE", "SCRATCH", "CACHE", "RULES", "STORE", "CONTACT", "JUDGEMENTS"),
        *("CASSANDRA_TLS", "SEARCH_CA", "SEARCH_BULK_FILES"),
    )
}
"""What may hold any text that is no address."""


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("IMAGESUGGEST_"):
            monkeypatch.delenv(name)
    # Relative folders are made here, if any are.
    monkeypatch.chdir(tmp_path)


def shown_by_dagster(definitions: dg.Definitions) -> str:
    """Give all that Dagster's UI and history get of definitions."""
    repository = definitions.get_repository_def()
    jobs = [job.get_job_snapshot() for job in repository.get_all_jobs()]
    return "\n".join(map(serialize_value, [RepositorySnap.from_def(repository), *jobs]))


def look_at_dumps(settings: Settings, _: Path) -> object:
    dumps = build_dumps(settings)
    return None if dumps.remote and "http" in dumps.path.lower() else dumps.get().wikis()


USES: tuple[Callable[[Settings, Path], object], ...] = (
    lambda settings, _: shown_by_dagster(dg.Definitions(resources=build_resources(settings))),
    lambda settings, _: build_resources(settings),
    look_at_dumps,
    lambda settings, folder: build_resources(settings)["engine"].get(folder),
    lambda settings, _: settings.search.shown,
    lambda settings, folder: settings.search.place(storage_at(folder), "2026-11-02").open(
        "x", "rb"
    ),
    lambda settings, _: [each.label for each in destinations_from(settings.pages)],
)
"""What is made of settings, and fails where they lead nowhere; nothing that waits for hosts."""


def test_every_setting_is_tried() -> None:
    assert len(SETTINGS) > 30
    some = ("DUMPS", "SPARK", "SEARCH_BULK_FILES", "METASTORE_PREFIX")
    assert {f"IMAGESUGGEST_{name}" for name in some} <= {*SETTINGS}


@pytest.mark.parametrize("name", SETTINGS)
def test_no_secret_is_shown_whichever_setting_it_was_put_in(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    if name.startswith("IMAGESUGGEST_CASSANDRA_"):
        monkeypatch.setenv("IMAGESUGGEST_CASSANDRA", "host.invalid")
    if name.startswith("IMAGESUGGEST_METASTORE_"):
        monkeypatch.setenv("IMAGESUGGEST_METASTORE", "thrift://host.invalid:9083")
    if name.startswith("IMAGESUGGEST_SEARCH_"):
        monkeypatch.setenv("IMAGESUGGEST_SEARCH", "http://host.invalid")
    for text in ADDRESSES if name in PATHS else (*ADDRESSES, *OPTIONS):
        monkeypatch.setenv(name, text)
        told: list[str] = []
        try:
            settings = Settings.from_environment()
        except UserError as error:
            told.append(str(error))
        else:
            told.append(repr(settings))
            for use in USES:
                try:
                    told.append(str(use(settings, tmp_path)))
                except (UserError, OSError) as error:
                    told += [str(error), str(error.__cause__ or "")]
        for each in told:
            assert SECRET not in each, (name, text)
        assert not [each for each in tmp_path.rglob("*") if SECRET in str(each)], (name, text)
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err + caplog.text


@pytest.mark.parametrize("text", ADDRESSES[:10])
def test_a_command_that_ends_in_an_error_tells_no_secret(text: str, tmp_path: Path) -> None:
    for arguments in (
        ["snapshots", "--dumps", text],
        ["run", "--engine", text],
        ["run", "--memory", text, "--dumps", str(tmp_path)],
        ["check", "--lake", text],
        ["health", "--rules", text],
    ):
        with suppress(SystemExit):
            done = CliRunner().invoke(main, arguments)
        assert done.exit_code
        assert SECRET not in done.output + str(done.exception)


def test_a_mistyped_mirror_is_told_and_no_folder_is_looked_for(tmp_path: Path) -> None:
    resource = build_resources(Settings(dumps=ADDRESSES[2], lake=str(tmp_path)))["dumps"]
    with pytest.raises(UserError) as told:
        resource.get()
    assert str(told.value).startswith(
        "htps://host.invalid/path: not the address of a mirror; expected http://host/path or "
    )


def test_all_of_the_graph_and_the_page_of_its_sensor_keep_the_secrets(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGESUGGEST_DUMPS", f"http://ana:{SECRET}@127.0.0.1:9/dumps")
    monkeypatch.setenv("IMAGESUGGEST_SPARK", f"spark.hadoop.fs.s3a.secret.key={SECRET}")
    monkeypatch.setenv("IMAGESUGGEST_SEARCH", f"http://ana:{SECRET}@127.0.0.1:9")
    monkeypatch.setenv("IMAGESUGGEST_SEARCH_API_KEY", SECRET)
    monkeypatch.setenv("IMAGESUGGEST_SEARCH_BULK_FILES", f"ftp://ana:{SECRET}@127.0.0.1:9/bulk")
    monkeypatch.setenv("IMAGESUGGEST_CASSANDRA", "127.0.0.1:9")
    monkeypatch.setenv("IMAGESUGGEST_CASSANDRA_USER", SECRET)
    monkeypatch.setenv("IMAGESUGGEST_CASSANDRA_PASSWORD", SECRET)
    monkeypatch.setenv("IMAGESUGGEST_PAGES", f"json://ana:{SECRET}@127.0.0.1:9/{SECRET}")
    settings = Settings.from_environment(lake=str(tmp_path / "lake"), cache=str(tmp_path / "cache"))
    shown = shown_by_dagster(build_definitions(settings))
    assert "http://127.0.0.1:9/dumps" in shown
    assert SECRET not in shown
    assert SECRET not in repr(settings)
    with pytest.raises(UserError, match=r"ftp://127\.0\.0\.1:9/bulk/snapshot=2026-11-02: ") as told:
        settings.search.place(storage_at(tmp_path), "2026-11-02")
    assert SECRET not in str(told.value)


def test_a_mirror_gets_the_password_that_nobody_is_shown(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    with serving({}) as server:
        url = server.url.replace("http://", f"HTTP://ana:{SECRET}@")
        more = {"cache": str(tmp_path / "cache")}
        sensors = Sensors(instance, url, tmp_path / "lake", Rules(), **more)
        sensors.tick("wiki_dumps_sensor")
        asked = {each.headers["authorization"] for each in server.asked}
    assert asked == {f"Basic {b64encode(f'ana:{SECRET}'.encode()).decode()}"}


_SPARK = """
import sys
from resources.spark import spark_resource
from resources.errors import UserError
try:
    spark_resource("1GB", dict(each.split("=", 1) for each in sys.argv[1:])).spark_session
except UserError as error:
    print("refused:", error)
"""


def test_spark_that_does_not_start_tells_no_secret() -> None:
    need_java()
    given = [f"spark.master=spork://ana:{SECRET}@host.invalid", f"spark.ssl.keyPassword={SECRET}"]
    done = subprocess.run(
        [sys.executable, "-c", _SPARK, *given],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "refused: Spark does not start: " in done.stdout
    assert SECRET not in done.stdout + done.stderr
