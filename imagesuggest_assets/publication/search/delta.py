"""What the search index lacks: all that should be there, against what it acknowledged.

Nothing is sent from here; SPEC.md section 6 has the rule.
"""

from collections.abc import Collection
from dataclasses import asdict
from uuid import uuid4

import dagster as dg
import ibis
from ibis import Table
from pydantic import Field

from graph.declared import MANIFEST
from graph.history import read_gate
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.datasets.feedback import followed_since
from imagesuggest_assets.datasets.search_index import FLAG
from imagesuggest_assets.publication.back import INDEX, to_put_back
from resources.errors import UserError
from resources.io_manager import Files, LakeResource, refuse_mixed
from resources.search.multilist import DELETE_GROUPING
from resources.search.resource import Search
from resources.search.server import UnavailableError
from resources.search.shipped import DELTA
from resources.sources.dumps import COMMONS
from resources.sources.names import NS_MAIN

BASIS = "compared with shipment"
"""In the details of the delta: the number of the shipment that each wiki was compared with."""
FEEDBACK = "feedback looked at"
"""Likewise: the files of the partition of feedback that it knows."""
PUT_BACK = "put back"
"""Likewise: the fields of each Back, by wiki."""
_KEY = ["wikiid", "page_id", "page_namespace", "tag"]


class DeltaConfig(dg.Config):
    """What the delta is compared with; as it is, with what the index acknowledged."""

    full: bool = Field(
        default=False,
        description="Doubt all that was shipped, and send everything: the index was lost, or put "
        "back to an older state.",
    )


@dataset_asset(deps=["publishable", "feedback"], code_version="2")
def search_index_delta(
    context: dg.AssetExecutionContext,
    config: DeltaConfig,
    search_index_full: Table,
    file_redirects: Table,
    local_files: Table,
    lake: LakeResource,
    search: dg.ResourceParam[Search],
) -> Files:
    """Only of what may be published. In it are tags whose values are not those that were last
    shipped, or of which nobody knows whether they were; `__DELETE_GROUPING__` for what was shipped
    and is no more; and the flags of articles that got feedback which the last shipment did not
    know, changed or not, because the editing tools clear the flag when somebody judges. What is
    held after it was shipped gets the tags of its last good snapshot again.
    """
    here, key = lake.get(), context.partition_key
    published = read_gate(here, key).published
    refuse_mixed(here, MANIFEST, key, ("publishable", "feedback"))
    feedback_files = here.files("feedback", key)
    try:
        tags = search.shipped(here.storage, here.scratch.path, context.log.info)
    except UnavailableError as error:
        raise UserError(
            f"{error}; what the index lacks is known when it says which cluster it is"
        ) from error
    with tags.ledger.shipping():
        backs = to_put_back(here, INDEX, tags.ledger, key, published)
        wikis = sorted(published | backs.keys())
        files = {wiki: tags.read(wiki) for wiki in wikis}
        states = {wiki: state for wiki in wikis if (state := tags.ledger.state(wiki))}
        known_files = [tags.known(wiki) for wiki in states]
    details: dict[str, object] = {
        DELTA: uuid4().hex,
        BASIS: {wiki: states[wiki].number if wiki in states else None for wiki in wikis},
        FEEDBACK: [file.name for file in feedback_files],
    }
    if backs:
        details[PUT_BACK] = {wiki: asdict(back) for wiki, back in backs.items()}
    older = sorted({back.snapshot for back in backs.values()} - {""})

    def finish(shipped: Table, feedback: Table, known: Table, **full_of: Table) -> Table:
        full = _of(search_index_full, published - backs.keys())
        for snapshot in older:
            again = {wiki for wiki, back in backs.items() if back.snapshot == snapshot}
            full = full.union(_of(full_of[snapshot], again))
        known = followed_since(known, file_redirects, local_files)
        judged = judged_since(feedback, known, states)
        return difference(full, forgotten(shipped) if config.full else shipped, judged)

    others = {snapshot: here.files("search_index_full", snapshot) for snapshot in older}
    others |= {"feedback": feedback_files, "known": [*known_files, tags.nothing_known()]}
    return Files([*files.values(), tags.nothing()], details, finish, others)


def _of(full: Table, wikis: Collection[str]) -> Table:
    return full.filter(full.wikiid.isin(sorted(wikis))).select(*_KEY, "values")


def difference(full: Table, shipped: Table, judged: Table) -> Table:
    """Give what is to be sent so that the index holds ``full``.

    ``shipped`` is what it holds (values NULL where nobody knows); of ``judged`` keys that does not
    count any more.
    """
    settled = shipped.filter(shipped["values"].notnull()).anti_join(judged, _KEY)
    changed = full.anti_join(settled, [*_KEY, "values"])
    gone = shipped.select(*_KEY).anti_join(full, _KEY)
    gone = gone.mutate(values=ibis.array([DELETE_GROUPING]))
    return changed.select(*_KEY, "values").union(gone.select(*_KEY, "values"), distinct=False)


def judged_since(feedback: Table, known: Table, wikis: Collection[str]) -> Table:
    """Give the flags of articles of some wikis that got feedback which is not ``known``.

    What an event is about does not matter, nor when it was: they come late, by wrong clocks. Two
    events that have all columns alike, the time too, are one.
    """
    if "about" not in feedback.columns:
        # Kept before there were others.
        feedback = feedback.mutate(about=ibis.literal("article"))
    of_wikis = feedback.filter(feedback.wiki_db.isin([each for each in wikis if each != COMMONS]))
    # Unlike a join, this takes one NULL for another.
    judged = of_wikis.select(*known.columns).difference(known)
    return judged.select(
        wikiid=judged.wiki_db,
        page_id=judged.page_id,
        page_namespace=ibis.literal(NS_MAIN).cast("int64"),
        tag=ibis.literal(FLAG),
    ).distinct()


def forgotten(shipped: Table) -> Table:
    """Doubt the values of all that was shipped."""
    return shipped.mutate(values=ibis.null(shipped["values"].type()))
