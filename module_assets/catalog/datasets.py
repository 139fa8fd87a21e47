"""Every dataset of the module finder, by name: graph, checks and commands read it here."""

from graph.declared import MANIFEST_DATASET, gate_dataset
from graph.schema import Dataset
from module_assets.catalog import code, dump_tables, families, inputs, scores, similarity

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        MANIFEST_DATASET,
        *dump_tables.DECLARED,
        *inputs.DECLARED,
        *code.DECLARED,
        *similarity.DECLARED,
        *families.DECLARED,
        *scores.DECLARED,
        gate_dataset("Which wikis of the snapshot are well, and so whether it is shown.", "wikis"),
    )
}
"""All datasets by name, inputs first."""

GROUPS: dict[str, str] = {
    "snapshot": "which files make up a snapshot",
    "dump_tables": "what is read of the dumps, before any rule",
    "inputs": "wikis, their modules, and what is known of them",
    "code": "what the text of each module is",
    "similarity": "shapes of code, and which of them are alike",
    "families": "modules and functions of one origin",
    "scores": "what modules and families are worth",
    "publication": "what is shown",
}
"""The groups of the graph and what each holds."""
