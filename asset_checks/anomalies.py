"""Counts apart from their history: SPEC.md section 9, row "anomaly", wiki by wiki, tag by tag."""

from graph.anomalies import anomalies_of
from imagesuggest_assets.catalog.asset import CATALOG
from imagesuggest_assets.publication.judgement import judge_dataset

ANOMALIES = anomalies_of(CATALOG, judge_dataset, "the published snapshots before")
"""One check for each dataset that is counted."""
