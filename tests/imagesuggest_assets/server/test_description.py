"""What the description of the API promises is what the server does."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.schemas import OpenApiSchema

from imagesuggest_assets.server.description import description

PUBLIC = "/public/image_suggestions/suggestions/{wiki}/{page_id}"


@pytest.fixture
def schema(served_from_file: httpx.Client) -> OpenApiSchema:
    """The description that the server gives."""
    return schemathesis.openapi.from_url(f"{served_from_file.base_url}/openapi")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", description()["paths"])
def test_every_answer_is_one_that_is_described(
    schema: OpenApiSchema, path: str, method: str
) -> None:
    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=8, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate()

    ask()


def test_every_address_is_described(served_from_file: httpx.Client) -> None:
    described = served_from_file.get("/openapi").json()
    assert described == description()
    assert PUBLIC in described["paths"]
    for path in described["paths"]:
        address = path.format(wiki="ptwiki", page_id=7, title="Best")
        if path == "/v1/explain/{wiki}":
            address += "?page_id=7"
        assert served_from_file.get(address).status_code == 200, path
