"""Every dataset of the graph, by name. Graph, checks, command line and docs read it here."""

from graph.declared import MANIFEST_DATASET
from graph.schema import Dataset
from imagesuggest_assets.catalog import (
    candidates,
    commons,
    dump_tables,
    inputs,
    judgements,
    publication,
    search,
    suggestions,
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        MANIFEST_DATASET,
        *dump_tables.DECLARED,
        *inputs.DECLARED,
        *commons.DECLARED,
        *candidates.DECLARED,
        *suggestions.DECLARED,
        *search.DECLARED,
        *publication.DECLARED,
        *judgements.DECLARED,
    )
}
"""All datasets by name, inputs first."""

GROUPS: dict[str, str] = {
    "snapshot": "which files make up a snapshot",
    "dump_tables": "tables of the SQL dumps, as far as they are needed",
    "inputs": "the canonical tables, the same whatever they come from",
    "commons": "why files belong to items, and the tags of Commons search",
    "candidates": "files that could illustrate articles",
    "suggestions": "articles without a picture, and what is suggested for them",
    "search": "what the search index should hold",
    "publication": "what may be published",
    "judgements": "what people said of suggestions, and what that measures",
}
"""The groups of the graph and what each holds."""
