"""What is counted of each dataset, to be compared with other snapshots (SPEC.md section 9).

Here is what is counted; how it is judged is in publication/judgement.py.
"""

from collections.abc import Mapping

import ibis
from ibis import Table

from graph.measures import rows_by
from resources.io_manager import Measure
from resources.sources.dumps import COMMONS

TAGS = "tags by tag"
WEIGHT = "weight by tag"
"""The scores of a tag, added up, in thousands: as many tags of the highest score weigh as much."""
CANDIDATES = "candidates by kind"
ARTICLES = "unillustrated articles by wiki"
SUGGESTIONS = "suggestions by wiki"
SUGGESTIONS_BY_KIND = "suggestions by wiki and kind"
FLAGS = "flags by wiki"


def _candidates(candidate_images: Table) -> Table:
    named = candidate_images.select(wiki_db=ibis.literal(""), name=candidate_images.kinds.unnest())
    return named.group_by("wiki_db", "name").agg(count=named.count())


def _suggestions_by_kind(filtered_suggestions: Table) -> Table:
    named = filtered_suggestions.select("wiki_db", name=filtered_suggestions.kinds.unnest())
    return named.group_by("wiki_db", "name").agg(count=named.count())


def _tags(commons_weighted_tags: Table) -> Table:
    named = commons_weighted_tags.select(wiki_db=ibis.literal(COMMONS), name="tag")
    return named.group_by("wiki_db", "name").agg(count=named.count())


def score_of(value: ibis.Value) -> ibis.Value:
    """Read the score off a tag's value `<item>|<score>`; splitting is by pattern on Spark."""
    return value.re_extract("[|]([0-9]+)", 1).cast("int64")


def _weight(commons_weighted_tags: Table) -> Table:
    values = commons_weighted_tags.select(
        wiki_db=ibis.literal(COMMONS), name="tag", value=commons_weighted_tags["values"].unnest()
    )
    scores = values.select("wiki_db", "name", score=score_of(values.value))
    added = scores.group_by("wiki_db", "name").agg(total=scores.score.sum())
    return added.select("wiki_db", "name", count=(added.total // 1000).cast("int64"))


MEASURES: Mapping[str, Mapping[str, Measure]] = {
    "commons_weighted_tags": {TAGS: _tags, WEIGHT: _weight},
    "candidate_images": {CANDIDATES: _candidates},
    "unillustrated_articles": {ARTICLES: rows_by("wiki_db")},
    "filtered_suggestions": {
        SUGGESTIONS: rows_by("wiki_db"),
        SUGGESTIONS_BY_KIND: _suggestions_by_kind,
    },
    "wiki_flags": {FLAGS: rows_by("wikiid")},
}
"""What is counted, by dataset; each gives columns wiki_db, name and count."""

OF_COMMONS = frozenset({TAGS, WEIGHT})
"""What is counted of Commons; candidates belong to no wiki, all else is of the target wikis."""
