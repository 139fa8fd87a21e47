"""Addresses are told from folders, and nothing secret of them is shown, however written."""

import pytest

from resources.addresses import is_address, shown, without


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://ana:s3cret@host.org:81/path", "https://host.org:81/path"),
        ("HTTPS://ana:s3cret@host.org/path", "HTTPS://host.org/path"),
        ("https://ana:s3c/r@et@host.org/path", "https://host.org/path"),
        ("https://ana:s3#c?ret@host.org/path", "https://host.org/path"),
        ("https://host.org/path?key=s3cret#s3cret", "https://host.org/path"),
        ("sc://host.org:15002/;token=s3cret", "sc://host.org:15002/"),
        ("https://ana:s3cret", "https://ana"),
        ("htps:/ana:s3cret@host.org", "host.org"),
        ("https//ana:s3cret@host.org", "host.org"),
        ("ana:s3cret@host.org/path", "host.org/path"),
        (" //ana:s3cret@host.org", "host.org"),
        ("simplecache::s3://ana:s3cret@bucket/path", "simplecache::s3://bucket/path"),
        ("http://[::1]:3000/path", "http://[::1]:3000/path"),
        ("http://[::1]", "http://[::1]"),
        ("/data/a@b?c", "/data/a@b?c"),
    ],
)
def test_of_an_address_only_what_is_no_secret_is_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text", ["", "data", "data/dumps", "/mnt/a:b@c", "./a@b", "../https://x", "data/2026-11-02"]
)
def test_a_folder_is_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://host",
        "HTTP://host",
        "htps:/host",
        "https:host",
        "//host",
        "https//me@host",
        "h?k=s",
    ],
)
def test_what_was_meant_as_an_address_is_one(text: str) -> None:
    assert is_address(text)


def test_an_error_is_told_in_one_line_without_secrets_and_parts_of_them() -> None:
    text = "no way to jdbc:mysql://db/?pass=s3cret&x=1,\nnor to S3CRET"
    assert without(text, ["jdbc:mysql://db/?pass=s3cret"]) == "no way to ***&x=1, nor to ***"
    assert without("all of it", []) == "all of it"
