"""The group `judgements`: what people said of suggestions, and how sure these are by that."""

from dataclasses import replace

from graph.schema import Column, Dataset
from imagesuggest_assets.catalog import columns

GOOD, BAD, UNDECIDED = OUTCOMES = ("good", "bad", "undecided")
MEASURE, BROWSE, USE = MODES = ("measure", "browse", "use")
SAMPLE = "sample"
OWN, ALL_WIKIS, STRONGEST, RULE = SOURCES = ("wiki", "all", "strongest kind", "rule")
"""Where a step is from, the first that there is."""
RATINGS_READ = "read"
"""In the details of the statistics of `ratings`: what was in its files; see RatingCounts."""
RATINGS_UNREADABLE = "unreadable files"
"""Likewise: of each file that could not be read why, by its name."""
RATINGS_DROPPED = "such as"
"""Likewise: a few lines that could not be read, with their files and why."""


def _share(name: str, meaning: str) -> Column:
    return Column(name, "float64", f"{meaning}, from 0 to 1", nullable=True, minimum=0, maximum=1)


DECLARED = (
    Dataset(
        name="ratings",
        group="judgements",
        meaning="What people said of suggestions, with the kinds that these had then, for good: "
        "also what is in no file any more.",
        columns=(
            replace(columns.WIKI, nullable=True, meaning="the wiki; NULL where an item was rated"),
            replace(columns.PAGE, nullable=True, meaning="the article; NULL likewise"),
            columns.ITEM,
            columns.FILE,
            columns.KINDS,
            columns.CONFIDENCE,
            Column(
                "snapshot",
                "string",
                "the snapshot that kinds and confidence are of",
                pattern=r"\d{4}-\d{2}-\d{2}",
            ),
            Column("outcome", "string", "whether the file fits the article", values=OUTCOMES),
            Column(
                "judge",
                "int64",
                "who said so, as a number; NULL of events",
                nullable=True,
                minimum=0,
            ),
            Column(
                "mode",
                "string",
                "drawn at random to be rated (`measure`), come by (`browse`), or an event of "
                "`feedback` (`use`)",
                values=MODES,
            ),
            Column("dt", "timestamp('UTC')", "when"),
        ),
        key=("wiki_db", "page_id", "item_id", "file_name", "mode", "judge", "dt", "outcome"),
        null_in_key=("wiki_db", "page_id", "judge"),
        wiki_column="wiki_db",
        best=("-dt", "wiki_db", "page_id", "file_name"),
    ),
    Dataset(
        name="measured_confidence",
        group="judgements",
        meaning="How many files of a kind fit, by what people said, and which confidence follows.",
        columns=(
            replace(columns.WIKI, nullable=True, meaning="the wiki; NULL over all"),
            columns.KINDS,
            Column(
                "exact",
                "boolean",
                "whether of files of exactly these kinds, or of all that have this one kind",
            ),
            Column(
                "scope",
                "string",
                "of a random `sample`, or of what editors said in `use`, where only the first of "
                "the best is judged",
                values=(SAMPLE, USE),
            ),
            Column("good", "int64", "files that fit", minimum=0),
            Column("bad", "int64", "files that do not", minimum=0),
            Column("undecided", "int64", "ties, and what nobody could decide", minimum=0),
            _share("share", "good ones of good and bad ones; NULL where there are none"),
            _share("low", "where the share begins, with 95 % (Wilson)"),
            _share("high", "where it ends"),
            Column(
                "step",
                "int64",
                "the confidence that follows, in percent; NULL in use",
                nullable=True,
                minimum=0,
                maximum=100,
            ),
            Column(
                "needed",
                "int64",
                "ratings that are missing until the step is that of the share; NULL where no "
                "number of them is enough, and in use",
                nullable=True,
                minimum=0,
            ),
            Column(
                "from",
                "string",
                "what the step follows from: these kinds on the `wiki`, on `all` wikis, the "
                "`strongest kind` on all wikis, or the `rule`; NULL in use",
                nullable=True,
                values=SOURCES,
            ),
            Column("rule", "int64", "the confidence that the rules give", minimum=0, maximum=100),
        ),
        key=("wiki_db", "kinds", "exact", "scope"),
        null_in_key=("wiki_db",),
        wiki_column="wiki_db",
        best=("scope", "-exact", "wiki_db", "-good"),
    ),
)
