"""Which counts of a snapshot are judged, and of whom. How they are, graph/judgement.py knows."""

from graph.history import History
from graph.judgement import Count, badness, judge_measure
from module_assets.catalog.measures import MEASURES, OF_ALL
from module_assets.rules import Rules
from module_assets.snapshots.manifest import inputs_of
from resources.lake import Lake


def judge_dataset(lake: Lake, dataset: str, snapshot: str, rules: Rules) -> list[Count]:
    """Judge all that is counted of a dataset, worst first; see judge_measure()."""
    history, wikis = History(lake, before=snapshot), inputs_of(lake, snapshot).wikis
    counts = [
        count
        for measure in MEASURES[dataset]
        for count in judge_measure(
            lake, dataset, measure, snapshot, rules, history, ("",) if measure in OF_ALL else wikis
        )
    ]
    return sorted(counts, key=badness)
