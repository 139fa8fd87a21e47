"""The gate: which wikis of a snapshot are well, and so which snapshot is shown (MODULES.md
section 8).
"""

from collections.abc import Sequence

import dagster as dg

from graph import pictures
from graph.deciding import GateConfig, keep_decisions, refuse
from graph.decisions import decisions_of
from graph.declared import GATE, MANIFEST
from graph.judgement import Count
from graph.passages import gone_from, passages_of, written
from graph.seen import Fault
from module_assets.catalog.asset import dataset_asset
from module_assets.catalog.datasets import DATASETS
from module_assets.catalog.measures import MEASURES
from module_assets.publication.faults import FAULTS, Looked, faults_of
from module_assets.publication.judgement import judge_dataset
from module_assets.rules import Rules
from module_assets.snapshots.dumps import ModuleDumpsResource
from module_assets.snapshots.manifest import inputs_of
from resources.engine import EngineResource
from resources.io_manager import Files, LakeResource, refuse_mixed

READ = tuple(dict.fromkeys((MANIFEST, *MEASURES, *FAULTS, "module_transclusions")))
SHOWN = ("module_links", "module_history", "module_scores", "family_scores", "function_families")
"""What nothing is computed from: it is there before anything is let through."""


@dataset_asset(describe=pictures.publishable, kinds=("python",), deps=(*READ, *SHOWN))
def publishable(
    context: dg.AssetExecutionContext,
    config: GateConfig,
    lake: LakeResource,
    engine: EngineResource,
    rules: dg.ResourceParam[Rules],
    dumps: ModuleDumpsResource,
) -> Files:
    """An ERROR of a wiki holds it back; one of all wikis holds each of them.

    The snapshot that is shown is the newest that was let through. A person can release what is
    held, or hold what is well: materialize this asset with a configuration that says which wikis,
    who decides and why. What gets worse than what was seen then is held again.
    """
    here, key = lake.get(), context.partition_key
    inputs = inputs_of(here, key)
    refuse_mixed(here, MANIFEST, key, {*DATASETS} - {GATE})
    counts = [
        (dataset, count)
        for dataset in MEASURES
        for count in judge_dataset(here, dataset, key, rules)
    ]
    faults = faults_of(Looked(here, engine.get(here.scratch.path), rules, key))
    faults += of_all(counts, inputs.wikis)
    refuse(inputs, config, faults)
    keep_decisions(here, key, config, [count for _, count in counts], faults)
    decisions = decisions_of(here.storage, key)
    gone = gone_from(here, inputs, dumps.target_wikis())
    return written(here, key, passages_of(inputs, counts, decisions, gone, faults, rules=rules))


def of_all(counts: Sequence[tuple[str, Count]], wikis: Sequence[str]) -> list[Fault]:
    """Give what is wrong with counts that are of all wikis, for each of them."""
    return [
        Fault(wiki, f"{dataset} anomaly", count.sentence(), share=abs(count.deviation))
        for dataset, count in counts
        if not count.wiki and count.severity == "ERROR"
        for wiki in wikis
    ]
