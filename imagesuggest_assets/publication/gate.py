"""The gate: what of a snapshot may be published, wiki by wiki (SPEC.md section 9)."""

import dagster as dg

from graph import pictures
from graph.deciding import keep_decisions
from graph.decisions import decisions_of, retired
from graph.declared import MANIFEST
from graph.judgement import recorded
from graph.passages import BY_GATE, gone_from, passages_of, written
from graph.seen import Fault
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.datasets.suggestions import BEYOND
from imagesuggest_assets.publication.deciding import GateConfig, refuse
from imagesuggest_assets.publication.judgement import judge_dataset
from imagesuggest_assets.publication.missing import CHECKED, missing_in
from imagesuggest_assets.publication.store.wanted import too_large
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import inputs_of
from resources.dumps import DumpsResource
from resources.io_manager import Files, LakeResource, refuse_mixed
from resources.lake import Lake
from resources.sources.dumps import COMMONS


@dataset_asset(
    describe=pictures.publishable,
    kinds=("python",),
    deps=[MANIFEST, "search_index_full", *MEASURES],
)
def publishable(
    context: dg.AssetExecutionContext,
    config: GateConfig,
    lake: LakeResource,
    rules: Rules,
    dumps: DumpsResource,
) -> Files:
    """Decided by the checks `inputs` and `anomaly` of each wiki and of Commons' tags: an ERROR
    holds it back, as does a number that the readers' columns can not hold.

    A person can release it, but for such a number, or hold back what is well; who, when, why and
    what was seen then are kept for good. What gets worse than that is held again. To decide,
    materialize this asset with a configuration, or use `imagesuggest release`, `hold` and
    `retire`.
    """
    here, key = lake.get(), context.partition_key
    inputs = inputs_of(here, key)
    refuse_mixed(here, MANIFEST, key, [*MEASURES, *CHECKED])
    faults = faults_of(here, key, rules)
    counts = [
        (dataset, count)
        for dataset in MEASURES
        for count in judge_dataset(here, dataset, key, rules)
    ]
    refuse(here, inputs, config, faults)
    known = [count for _, count in counts]
    keep_decisions(here, key, config, known, faults)
    decisions, no_more = decisions_of(here.storage, key), retired(here.storage)
    gone = gone_from(here, inputs, dumps.target_wikis())
    passages = passages_of(
        inputs, counts, decisions | no_more, gone, faults, rules=rules, also=[COMMONS]
    )
    return written(here, key, passages)


def faults_of(lake: Lake, key: str, rules: Rules) -> list[Fault]:
    """Find what holds wikis back beside their counts, the gravest first."""
    beyond = recorded(lake, "filtered_suggestions", key, BEYOND) or {}
    large = [
        Fault(wiki, BY_GATE, too_large(wiki, page, revision), final=True)
        for wiki, pages in beyond.items()
        for page, revision in pages.items()
    ]
    missing = [
        Fault(each.wiki, f"{dataset} inputs", f"{dataset} of {each.sentence()}", share=each.share)
        for dataset in CHECKED
        if lake.has(dataset, key)
        for each in missing_in(lake, dataset, key, rules)
        if each.error
    ]
    return [*large, *missing]
