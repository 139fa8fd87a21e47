"""Which counts of a snapshot are judged, and of whom. How they are, graph/judgement.py knows."""

from collections.abc import Sequence

from graph.judgement import Count, judge_measures
from imagesuggest_assets.catalog.measures import CANDIDATES, MEASURES, OF_COMMONS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.manifest import inputs_of
from resources.lake import Lake
from resources.sources.dumps import COMMONS


def judge_dataset(lake: Lake, dataset: str, snapshot: str, rules: Rules) -> list[Count]:
    """Judge all that is counted of a dataset, worst first; see judge_measures()."""
    wikis = {measure: judged(lake, snapshot, measure) for measure in MEASURES[dataset]}
    return judge_measures(lake, dataset, snapshot, rules, wikis)


def judged(lake: Lake, snapshot: str, measure: str) -> Sequence[str]:
    """Give the wikis of which a measure is judged: those that are part of the snapshot."""
    if measure in OF_COMMONS:
        return (COMMONS,)
    return ("",) if measure == CANDIDATES else inputs_of(lake, snapshot).wikis
