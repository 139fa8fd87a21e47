"""Settings are the environment's; what can not be meant is refused with what was expected."""

from pathlib import Path

import pytest

from imagesuggest_assets.definitions import build_spark
from imagesuggest_assets.publication.store.place import build_store
from imagesuggest_assets.settings import Proxy, Settings
from resources.errors import UserError

TOKEN = "a-token-of-a-judge"
CATALOG = "spark.sql.catalogImplementation"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGESUGGEST_CASSANDRA", "cassandra1:9043,[::1]:9043")
    monkeypatch.setenv("IMAGESUGGEST_METASTORE", "thrift://metastore1:9083")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("HISTORY_SNAPSHOTS", "0", 0),
        ("HISTORY_SNAPSHOTS", "12", 12),
        ("TICK_SECONDS", "5", 5),
        ("UI", "https://suggestions.example.org:444/ui/", "https://suggestions.example.org:444/ui"),
        ("UI", "http://[::1]:3000", "http://[::1]:3000"),
        ("CONTACT", "ana@example.org", "ana@example.org"),
        ("CONTACT", "mailto:ana@example.org", "mailto:ana@example.org"),
        ("CONTACT", "https://example.org/ana", "https://example.org/ana"),
        ("LAKE", "/data/a@b", "/data/a@b"),
        ("LAKE", "./a:b", "./a:b"),
        ("LAKE", "s3://bucket/lake", "s3://bucket/lake"),
        ("LAKE", "hdfs://namenode:8020/lake", "hdfs://namenode:8020/lake"),
        ("SCRATCH", "/data/scratch", "/data/scratch"),
        ("WIKIS", "ptwiki, arwiki,", "ptwiki, arwiki,"),
        ("JUDGEMENTS", "/data/judgements", "/data/judgements"),
        ("JUDGES", f"{TOKEN}=7 another-{TOKEN}==8", {TOKEN: 7, f"another-{TOKEN}=": 8}),
        ("JUDGES_PROXY", "::1 X-Remote-User", Proxy("::1", "X-Remote-User")),
        ("PICTURES", "drawn", "drawn"),
        ("SPARK", "spark.master=yarn\nspark.x.y=a=b", {"spark.master": "yarn", "spark.x.y": "a=b"}),
    ],
)
def test_what_can_be_meant_is_taken(
    name: str, text: str, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"IMAGESUGGEST_{name}", text)
    assert getattr(Settings.from_environment(), name.lower()) == expected


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("HISTORY_SNAPSHOTS", "-1", "is '-1'; write a number of 0 or more"),
        ("HISTORY_SNAPSHOTS", "all", "is 'all'; write a number of 0 or more"),
        ("JUDGES", f"{TOKEN}=7 short=8", "judge 2 is none; write token=number"),
        ("JUDGES", TOKEN, "judge 1 is none; write token=number"),
        ("JUDGES", f"{TOKEN}=0", "judge 1 is none; write token=number"),
        ("JUDGES_PROXY", "X-Remote-User", "write the proxy's IP address and the header"),
        ("JUDGES_PROXY", "10.0.0.5 X:User", "write the proxy's IP address and the header"),
        ("PICTURES", "none", "is 'none'; choose commons or drawn"),
        ("SEAL_MINUTES", "0", "is '0'; write a number of 1 or more"),
        ("TICK_SECONDS", "0", "is '0'; write a number of 1 or more"),
        ("CONNECTIONS", "²", "is '²'; write a number of 1 or more"),
        (
            "LAKE",
            "ftp://host/lake",
            "ftp://host/lake is no place for a lake; write a path, or hdfs",
        ),
        ("SCRATCH", "s3://bucket/lake", "s3://bucket/lake is an address; expected a path of this"),
        ("RULES", "https://host/rules.toml", "is an address; expected a path of this machine"),
        ("UI", "suggestions.example.org", "write where people find the UI, such as https://"),
        ("WIKIS", "ptwiki;arwiki", "wiki 1, 'ptwiki', is none; write database names such as"),
        ("HIVE_TABLES", "pages=raw.page", "pair 1 is none; write one such as page=wmf_raw."),
        ("HIVE_MARKER", "_SUCCESS/", "is no file's name; write one like _SUCCESS"),
        ("DUMPS", "hive", "is hive, and tables of a catalog are read by Spark alone; set IMAGES"),
        ("SPARK", "spark.master=yarn queue=x", "word 2 is no setting such as spark.master=yarn"),
        (
            "CASSANDRA",
            "cassandra://host:9042",
            "contact point 1, 'cassandra://host:9042', is none; write",
        ),
        ("CASSANDRA_DATACENTER", "a b", "is 'a'; write a name such as eqiad"),
        ("METASTORE", "metastore1:9083", "is 'metastore1:9083'; write an address such as thrift:"),
        ("METASTORE_DATABASE", "a b", "is 'a'; write letters, digits and _"),
        ("METASTORE_PREFIX", "a-b", "is 'a-b'; write letters, digits and _"),
        ("SEARCH_INDEXES", "ptwiki_content", "pair 1 is none; write one such as ptwiki_content="),
        ("SEARCH_BULK_FILES", "s3:/bucket", "is neither a folder nor a URL; write a path, or a"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_what_was_expected(
    name: str, text: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"IMAGESUGGEST_{name}", text)
    with pytest.raises(UserError) as told:
        Settings.from_environment()
    assert str(told.value).startswith(f"IMAGESUGGEST_{name}")
    assert why in str(told.value)


def test_tables_are_read_from_hives_catalog_unless_spark_is_told_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in (("DUMPS", "hive"), ("ENGINE", "spark"), ("HIVE_TABLES", "page=raw.page")):
        monkeypatch.setenv(f"IMAGESUGGEST_{name}", text)
    settings = Settings.from_environment()
    assert settings.hive["page"] == "raw.page"
    assert build_spark(settings)._settings[CATALOG] == "hive"
    monkeypatch.setenv("IMAGESUGGEST_SPARK", f"{CATALOG}=in-memory")
    assert build_spark(Settings.from_environment())._settings[CATALOG] == "in-memory"
    assert CATALOG not in build_spark(Settings(dumps="./hive"))._settings


def test_with_a_lake_at_an_address_somebody_has_to_say_where_the_readers_store_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("IMAGESUGGEST_CASSANDRA")
    monkeypatch.setenv("IMAGESUGGEST_LAKE", "s3://bucket/lake")
    with pytest.raises(UserError, match=r"s3://bucket/lake is not here; set IMAGESUGGEST_STORE"):
        build_store(Settings.from_environment())
    monkeypatch.setenv("IMAGESUGGEST_STORE", "/data/store.sqlite")
    assert build_store(Settings.from_environment()).path == Path("/data/store.sqlite")
