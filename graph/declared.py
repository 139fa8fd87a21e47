"""The datasets that every graph has: the manifest that a snapshot begins with, and the gate that it
comes to. What chooses and what decides is known to each graph.
"""

from graph import columns
from graph.schema import Column, Dataset

MANIFEST = "manifest"
MANIFEST_DATASET = Dataset(
    name=MANIFEST,
    group="snapshot",
    meaning="Which files make up the snapshot, as they were when it was begun.",
    columns=(
        Column("source", "string", "the wiki, or which entities"),
        Column("table", "string", "the table of the wiki; empty for entities"),
        Column("dump_date", "string", "the date of the dump", pattern=r"\d{4}-\d{2}-\d{2}"),
        Column(
            "path",
            "string",
            "the file, below the folder or mirror of the dumps; or the partition",
        ),
        Column("bytes", "int64", "its size", minimum=0),
        Column("version", "string", "what tells it from another file of its name"),
        Column(
            "sha1",
            "string",
            "its checksum, where one is known; of some files a sha256",
            nullable=True,
        ),
        Column("fingerprint", "string", "a checksum of its size and of parts of it"),
    ),
    key=("source", "table"),
)
GATE = "publishable"
"""The asset that decides what of a snapshot goes out; what has come to it is computed."""
PUBLISHED, HELD, RELEASED, LEFT_OUT, RETIRED = STATES = (
    "published",
    "held",
    "released",
    "left out",
    "retired",
)
"""What can become of a wiki of a snapshot at its gate."""


def gate_dataset(meaning: str, rows_when: str) -> Dataset:
    """Declare the dataset of a graph's gate, which has rows where ``rows_when`` has some."""
    return Dataset(
        name=GATE,
        group="publication",
        meaning=meaning,
        columns=(
            columns.WIKI,
            Column(
                "state",
                "string",
                "`published` and `released` (by a person) go out; the last good data stays for "
                "what is `held` back or was `left out` of the snapshot; what is `retired` was "
                "withdrawn",
                values=STATES,
            ),
            Column("reason", "string", "why it is not simply published, in a sentence"),
            Column("checks", "array<string>", "the checks that hold it, or held it", nullable=True),
        ),
        key=("wiki_db",),
        rows_when=(rows_when,),
        wiki_column="wiki_db",
    )
