"""The group `snapshot`: which files make up a snapshot."""

from imagesuggest_assets.catalog.schema import Column, Dataset

DECLARED = (
    Dataset(
        name="manifest",
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
            Column("sha1", "string", "its checksum, where one is known", nullable=True),
            Column("fingerprint", "string", "a checksum of its size and of parts of it"),
        ),
        key=("source", "table"),
    ),
)
