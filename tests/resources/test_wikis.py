"""What a wiki's database name tells."""

import pytest

from resources.wikis import direction_of, domain_of, language_of


@pytest.mark.parametrize(
    ("wiki", "domain", "language", "direction"),
    [
        ("ptwiki", "pt.wikipedia.org", "pt", "ltr"),
        ("arwiki", "ar.wikipedia.org", "ar", "rtl"),
        ("hewiktionary", "he.wiktionary.org", "he", "rtl"),
        ("zh_min_nanwiki", "zh-min-nan.wikipedia.org", "nan", "ltr"),
        ("be_x_oldwiki", "be-tarask.wikipedia.org", "be-tarask", "ltr"),
        ("simplewiki", "simple.wikipedia.org", "en", "ltr"),
        ("commonswiki", "commons.wikimedia.org", "en", "ltr"),
        ("wikidatawiki", "www.wikidata.org", "en", "ltr"),
        ("something", "", "en", "ltr"),
        ("../wiki", "", "en", "ltr"),
    ],
)
def test_a_wiki_is_where_its_name_says_and_is_read_as_its_language_is(
    wiki: str, domain: str, language: str, direction: str
) -> None:
    assert (domain_of(wiki), language_of(wiki), direction_of(wiki)) == (domain, language, direction)
