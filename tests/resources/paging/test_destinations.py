"""Destinations are read from one setting, keep secrets, and say why they did not take a page."""

import logging
from pathlib import Path

import pytest

from resources.errors import UserError
from resources.paging.destinations import BOTH, destinations_from, page_test
from resources.paging.quiet import Secrets, overheard
from tests.resources.paging.receivers import http_receiver, mail_receiver

# Apprise's own, when it first loads what sends mail.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_severities_stand_before_a_url_and_without_any_it_takes_all() -> None:
    found = destinations_from(
        "error=json://one.example.org\n\twarn,error=json://two.example.org/?a=b warn=json://three.example.org"
        "  json://four.example.org"
    )
    assert [(each.label, each.severities) for each in found] == [
        ("json://one.example.org", {"ERROR"}),
        ("json://two.example.org", BOTH),
        ("json://three.example.org", {"WARN"}),
        ("json://four.example.org", BOTH),
    ]


def test_one_url_twice_is_one_destination_and_labels_differ() -> None:
    found = destinations_from(
        "error=json://example.org/a warn=json://example.org/a json://example.org/b"
    )
    assert [(each.label, each.severities) for each in found] == [
        ("json://example.org", BOTH),
        ("json://example.org (2)", BOTH),
    ]


def test_nothing_is_no_destination() -> None:
    assert destinations_from(" \n ") == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("json://example.org nonsense://user:hunter22@host/t0ken", "destination 2, nonsense://…,"),
        ("hunter22", "destination 1 is not a URL"),
        ("json://[hunter22/", "destination 1 is not a URL"),
        ("page=json://user:hunter22@example.org", "is not warn, error or warn,error"),
        ("slack://hunter22/t0ken", "https://appriseit.com/services/slack/ says how"),
        ("json://user:hunter22@example.org:port/", "json://example.org, is not as"),
        ("mailto://me:hunter22@example.org?to=a@example.org,b@example.org", "names 2 receivers"),
        ("file://t0ken.txt", "must name a file in full"),
    ],
)
def test_what_is_no_destination_is_named_by_its_place_without_its_secrets(
    text: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UserError, match="IMAGESUGGEST_PAGES") as refused:
        destinations_from(text)
    told = f"{refused.value!r}"
    assert shown in told
    assert "hunter22" not in told + caplog.text
    assert "t0ken" not in caplog.text


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/abcdefghijklmnopqrstuvwx", "slack://…"),
        (f"pagerduty://{'i' * 32}@{'a' * 20}", "pagerduty://…"),
        ("pbul://o.secretsecretsecret", "pbul://…"),
        ("ntfy://a-topic-nobody-knows", "ntfy://…"),
        ("matrix://user:token@matrix.example.org/#room", "matrix://matrix.example.org"),
    ],
)
def test_a_label_has_a_host_only_where_the_service_has_no_token_in_its_place(
    url: str, label: str
) -> None:
    (found,) = destinations_from(url)
    assert found.label == label
    assert url not in repr(found)


def test_every_part_of_a_url_in_every_spelling_is_taken_out_of_what_libraries_say() -> None:
    url = "json://me:p%40ss%2Fword@example.org/hook/t%C3%B6ken?+X-Auth=f00d%26cafe&to=a:b7#frag77"
    text = Secrets(url, "example.org").out_of(
        "me p@ss/word p%40ss%2Fword /hook/töken t%C3%B6ken T%C3%B6KEN f00d&cafe f00d b7 frag77 "
        "bWU6cEBzcy93b3Jk at example.org in some time"
    )
    assert text == f"{'*** ' * 11}at example.org in some time"


def test_what_other_threads_log_is_not_held_back(caplog: pytest.LogCaptureFixture) -> None:
    from threading import Thread

    def talk() -> None:
        logging.getLogger("urllib3").warning("of somebody else")

    with overheard() as reasons:
        other = Thread(target=talk)
        other.start()
        other.join()
        logging.getLogger("urllib3").warning("of the page")
    assert reasons == ["of the page"]
    assert caplog.messages == ["of somebody else"]


def test_a_page_test_says_of_every_destination_what_happened(tmp_path: Path) -> None:
    file = tmp_path / "pages and more.txt"
    with http_receiver() as hook, mail_receiver() as mail:
        hook.status = 503
        destinations = destinations_from(
            f"error={hook.url} warn={mail.url} {file.as_uri()} {tmp_path.as_uri()}/none/pages.txt"
        )
        outcomes = page_test(destinations)
        assert [outcome.ok for outcome in outcomes] == [False, True, True, False]
        assert "error=503" in outcomes[0].why
        assert "none/pages.txt: No such file or directory" in outcomes[3].why
        assert mail.got[0].title == "[TEST] image suggestions: pages reach you"
        assert mail.got[0].key in mail.got[0].body
        assert file.read_text().startswith(mail.got[0].title)


def test_a_url_can_not_ask_for_more_tries_or_for_failures_that_count_as_success() -> None:
    with http_receiver() as hook:
        hook.status = 500
        (destination,) = destinations_from(f"{hook.url}&retry=3&wait=0&optional=yes")
        (outcome,) = page_test([destination])
        assert not outcome.ok
        assert hook.tries == 1


def test_a_header_of_the_url_is_sent_beside_the_key_and_can_not_take_its_place() -> None:
    with http_receiver() as hook:
        page_test(destinations_from(f"{hook.url}&+Idempotency-Key=mine&+X-Other=1"))
        assert hook.got[0].key in hook.got[0].body


def test_a_page_is_in_a_file_once_however_often_it_is_sent(tmp_path: Path) -> None:
    (file,) = destinations_from(f"file://{tmp_path}/pages.txt")
    sent = []

    class Twice:
        label, url, severities = file.label, file.url, file.severities

        def send(self, page):  # type: ignore[no-untyped-def]
            sent.append(file.send(page) + file.send(page))
            return ""

    page_test([Twice()])
    page_test([file])
    assert sent == [""]
    assert (tmp_path / "pages.txt").read_text().count("[TEST]") == 2
