"""`modules top`: what is worth most. It is found in answers/lists.py."""

import click

from graph.terminal.options import format_option, limit_option, snapshot_option
from module_assets.command.options import lake_option, weights_option
from module_assets.command.wanted import filters, opened, with_bars, write

FAMILY_COLUMNS = (
    *("rank", "rank_best", "rank_worst", "score", "family_id", "title", "kind"),
    *("wikis", "copies", "versions", "transclusions", "readers"),
)
MODULE_COLUMNS = (
    *("rank", "score", "wiki_db", "page_id", "title", "kind", "tokens"),
    *("transclusions", "readers", "family_id", "relation"),
)


@click.command()
@click.option(
    "--of",
    "what",
    default="families",
    show_default=True,
    type=click.Choice(["families", "modules"]),
    help="Which of them.",
)
@weights_option("copies, transclusions, readers and the others that `modules family` lists")
@filters
@snapshot_option
@limit_option
@format_option
@lake_option
def top(
    what: str,
    weights: str,
    project: str,
    language: str,
    wiki: str,
    kind: str,
    least_wikis: int,
    title: str,
    new: bool,
    snapshot: str | None,
    limit: int,
    form: str,
    lake: str,
) -> None:
    """List what is worth most in one place: families of copies, or single modules.

    The bar says what makes a score, a letter for each feature by its first letter. The range of
    ranks is what it would be if one weight were half or double.
    """
    from module_assets.answers import lists
    from module_assets.scores import FAMILY_FEATURES, MODULE_FEATURES, weights_of

    of_families = what == "families"
    features = FAMILY_FEATURES if of_families else MODULE_FEATURES
    chosen = weights_of(weights, features)
    wanted = lists.Wanted(project, language, wiki, kind, title, least_wikis, new, limit)
    with opened(lake, snapshot) as there:
        rows = (lists.families if of_families else lists.modules)(there, wanted, chosen)
    columns = FAMILY_COLUMNS if of_families else MODULE_COLUMNS
    if form == "table":
        write(with_bars(rows, features), (*columns, "contributions"), form)
    else:
        more = [f"{lists.CONTRIBUTION}{each.name}" for each in features]
        write(rows, (*columns, "is_new", *more), form)
