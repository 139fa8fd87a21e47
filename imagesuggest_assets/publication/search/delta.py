"""What the search index lacks: all that should be there, against what it acknowledged.

Nothing is sent from here; SPEC.md section 6 has the rule.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import dagster as dg
import ibis
import pyarrow.parquet as pq
from ibis import Table
from pydantic import Field

from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.datasets.search_index import FLAG
from imagesuggest_assets.publication.history import read_gate
from resources.errors import UserError
from resources.io_manager import Files, LakeResource
from resources.search.multilist import DELETE_GROUPING
from resources.search.resource import Search
from resources.search.server import UnavailableError
from resources.search.shipped import DELTA, FEEDBACK
from resources.sources.names import NS_MAIN

BASIS = "compared with shipment"
"""In the details of the delta: the number of the shipment that each wiki was compared with."""
_KEY = ["wikiid", "page_id", "page_namespace", "tag"]
_BEFORE_ALL = "1970-01-01T00:00:00+00:00"


class DeltaConfig(dg.Config):
    """What the delta is compared with; as it is, with what the index acknowledged."""

    full: bool = Field(
        default=False,
        description="Doubt all that was shipped, and send everything: the index was lost, or put "
        "back to an older state.",
    )


@dataset_asset(deps=["publishable"])
def search_index_delta(
    context: dg.AssetExecutionContext,
    config: DeltaConfig,
    search_index_full: Table,
    feedback: Table,
    lake: LakeResource,
    search: dg.ResourceParam[Search],
) -> Files:
    """Only of what may be published. In it are tags whose values are not those that were last
    shipped, or of which nobody knows whether they were; `__DELETE_GROUPING__` for what was shipped
    and is no more; and the flags of articles that got feedback since, changed or not, because the
    editing tools clear the flag when somebody judges a suggestion.
    """
    here, key = lake.get(), context.partition_key
    wikis = sorted(read_gate(here, key).published)
    try:
        tags = search.shipped(here.path, here.scratch.path, context.log.info)
    except UnavailableError as error:
        raise UserError(
            f"{error}; what the index lacks is known when it says which cluster it is"
        ) from error
    with tags.ledger.shipping():
        files = {wiki: tags.read(wiki) for wiki in wikis}
        states = {wiki: state for wiki in wikis if (state := tags.ledger.state(wiki))}
    since = {wiki: str(state.details.get(FEEDBACK, "")) for wiki, state in states.items()}
    judged = judged_since(feedback, since)
    details: dict[str, object] = {
        DELTA: uuid4().hex,
        BASIS: {wiki: states[wiki].number if wiki in states else None for wiki in wikis},
        FEEDBACK: _newest(here.files("feedback", key)),
    }
    full = search_index_full.filter(search_index_full.wikiid.isin(wikis))

    def finish(shipped: Table) -> Table:
        return difference(full, forgotten(shipped) if config.full else shipped, judged)

    return Files([*files.values(), tags.nothing()], details, finish)


def difference(full: Table, shipped: Table, judged: Table) -> Table:
    """Give what is to be sent so that the index holds ``full``.

    ``shipped`` is what it holds (values NULL where nobody knows); ``judged`` keys are sent
    whatever it holds.
    """
    settled = shipped.filter(shipped["values"].notnull()).anti_join(judged, _KEY)
    changed = full.anti_join(settled, [*_KEY, "values"])
    there = shipped.select(*_KEY).union(judged.select(*_KEY), distinct=True)
    gone = there.anti_join(full, _KEY).mutate(values=ibis.array([DELETE_GROUPING]))
    return changed.select(*_KEY, "values").union(gone.select(*_KEY, "values"), distinct=False)


def judged_since(feedback: Table, since: Mapping[str, str]) -> Table:
    """Give the flags of articles that got feedback which their wiki's shipments did not know.

    ``since`` is the time of the newest that they knew (ISO 8601; empty: none), of each wiki of
    which something was shipped.
    """
    known = [
        (wiki, ibis.literal(datetime.fromisoformat(at or _BEFORE_ALL), "timestamp('UTC')"))
        for wiki, at in since.items()
    ]
    newer = feedback["dt"] > feedback.wiki_db.cases(*known) if known else ibis.literal(False)
    judged = feedback.filter(newer)
    return judged.select(
        wikiid=judged.wiki_db,
        page_id=judged.page_id,
        page_namespace=ibis.literal(NS_MAIN).cast("int64"),
        tag=ibis.literal(FLAG),
    ).distinct()


def forgotten(shipped: Table) -> Table:
    """Doubt the values of all that was shipped."""
    return shipped.mutate(values=ibis.null(shipped["values"].type()))


def _newest(feedback: Sequence[Path]) -> dict[str, str]:
    """Give the time of the newest feedback of each wiki, ISO 8601."""
    rows = pq.read_table([str(file) for file in feedback], columns=["wiki_db", "dt"])
    newest = rows.group_by("wiki_db").aggregate([("dt", "max")]).to_pylist()
    return {row["wiki_db"]: row["dt_max"].isoformat() for row in newest}
