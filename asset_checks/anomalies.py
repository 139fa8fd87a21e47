"""Counts apart from their history: SPEC.md section 9, row "anomaly", wiki by wiki, tag by tag."""

from graph.anomalies import anomaly_result
from graph.steps import Check, check_of
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.catalog.measures import MEASURES
from imagesuggest_assets.publication.judgement import judge_dataset


def _anomaly(dataset: str) -> Check:
    return check_of(
        CATALOG,
        dataset,
        "anomaly",
        lambda on: anomaly_result(judge_dataset(on.lake, dataset, on.snapshot, on.rules)),
        description=f"{' and '.join(MEASURES[dataset]).capitalize()} are as in the published "
        "snapshots before.",
    )


ANOMALIES = [_anomaly(dataset) for dataset in MEASURES]
"""One check for each dataset that is counted. None stops the run: the gate holds back."""
