"""The pages made from the declarations are those in docs/."""

import pytest

from graph.terminal.documentation import DOCS
from imagesuggest_assets.command.documentation import DOCUMENTS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_page_in_docs_is_the_one_that_is_made(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == DOCUMENTS[name](), "run `make docs` and commit what it writes"
