"""Certificates are checked, and servers are told who one is, which is shown to nobody else."""

import base64
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.errors import UserError
from resources.search.resource import Search
from resources.search.sending import Bounds
from tests.resources.search.proxy import Proxy, proxied
from tests.servers.search import SearchServer

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.servers
QUICK = Bounds(first_wait_seconds=0.01, attempts=2)


@pytest.fixture(params=["elasticsearch_server", "opensearch_server"])
def server(request: pytest.FixtureRequest) -> SearchServer:
    """Each kind of server."""
    found: SearchServer = request.getfixturevalue(request.param)
    return found


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate of 127.0.0.1 that signs itself; its key is in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made by openssl, which is not there")
    key, made = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(made)),
        ],
        check=True,
        capture_output=True,
    )
    made.write_text(made.read_text() + key.read_text())
    return made


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return certificate(tmp_path, "ours")


@pytest.fixture
def proxy(server: SearchServer, ours: Path) -> Iterator[Proxy]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ours)
    with proxied(server.port, context) as made:
        yield made


def test_a_certificate_is_trusted_when_its_authority_is_named_and_else_refused(
    proxy: Proxy, ours: Path, tmp_path: Path
) -> None:
    client = Search.of(proxy.url, ca=str(ours), bounds=QUICK).connect(print)
    assert not client.exists("no_such_index")
    client.close()
    others = certificate(tmp_path, "others")
    for authority in ("", str(others)):
        with pytest.raises(
            UserError, match=r"certificate is not trusted: .*IMAGESUGGEST_SEARCH_CA"
        ):
            Search.of(proxy.url, ca=authority, bounds=QUICK).connect(print)


def test_who_comes_with_the_wrong_password_is_told_so_once_and_not_what_it_was(
    proxy: Proxy, ours: Path
) -> None:
    proxy.authorization = "Basic " + base64.b64encode(b"ana:right").decode()
    address = proxy.url.replace("://", "://ana:right@")
    Search.of(address, ca=str(ours), bounds=QUICK).connect(print).close()
    with pytest.raises(UserError, match=r"HTTP 401: .*set IMAGESUGGEST_SEARCH_USER") as told:
        Search.of(proxy.url, ca=str(ours), user="ana", password="wr0ng", bounds=QUICK).connect(
            print
        )
    assert "wr0ng" not in str(told.value)


def test_an_api_key_is_sent_as_one(proxy: Proxy, ours: Path) -> None:
    proxy.authorization = "ApiKey a2V5"
    Search.of(proxy.url, ca=str(ours), api_key="a2V5", bounds=QUICK).connect(print).close()
    with pytest.raises(UserError, match=r"HTTP 401"):
        Search.of(proxy.url, ca=str(ours), api_key="b3RoZXI=", bounds=QUICK).connect(print)
