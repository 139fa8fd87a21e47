"""Which counts of a snapshot are judged, and of whom. How they are, graph/judgement.py knows."""

from graph.judgement import Count, judge_measures
from module_assets.catalog.measures import MEASURES, OF_ALL
from module_assets.rules import Rules
from module_assets.snapshots.manifest import inputs_of
from resources.lake import Lake


def judge_dataset(lake: Lake, dataset: str, snapshot: str, rules: Rules) -> list[Count]:
    """Judge all that is counted of a dataset, worst first; see judge_measures()."""
    wikis = inputs_of(lake, snapshot).wikis
    judged = {measure: ("",) if measure in OF_ALL else wikis for measure in MEASURES[dataset]}
    return judge_measures(lake, dataset, snapshot, rules, judged)
