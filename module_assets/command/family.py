"""`modules family`: one family. What is known of it is found in answers/family.py."""

import json
import sys
from datetime import datetime
from typing import Any

import click

from graph.terminal.options import snapshot_option
from module_assets.command.options import lake_option, weights_option
from module_assets.command.wanted import opened

MEMBER_COLUMNS = (
    *("wiki_db", "page_id", "title", "relation", "similarity", "version"),
    *("transclusions", "readers", "last_edit"),
)


@click.command()
@click.argument("module", metavar="WIKI/PAGE_ID|WIKI:TITLE")
@weights_option("copies, transclusions, readers and the others of its first table")
@click.option("--code", is_flag=True, help="Show the representative's code, too.")
@click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(["table", "json"]),
    help="To read, or for a program.",
)
@snapshot_option
@lake_option
def family(
    module: str, weights: str, code: bool, form: str, snapshot: str | None, lake: str
) -> None:
    """Show the family of a module: why its score, its members, what is like it."""
    from module_assets.answers import family as answers
    from module_assets.answers.modules import module_named
    from module_assets.scores import FAMILY_FEATURES, weights_of

    chosen = weights_of(weights, FAMILY_FEATURES)
    with opened(lake, snapshot) as there:
        family_id = answers.family_of(there, *module_named(there, module))
        found = answers.family_told(there, family_id, chosen, code=code)
        told = {"family_id": family_id, "snapshot": there.key, **found}
    if form == "json":
        text = json.dumps(told, ensure_ascii=False, default=datetime.isoformat, indent=1)
        click.echo(text)
    else:
        _show(told)


def _show(told: dict[str, Any]) -> None:
    from graph.terminal.rows import write_rows

    known = told["family"]
    if known is None:
        click.echo(f"{told['family_id']}: on one wiki alone, and so not scored")
    else:
        click.echo(
            f"{known['title']} ({told['family_id']}): {known['modules']:,} modules on "
            f"{known['wikis']:,} wikis, {known['versions'] + 1:,} versions; rank {known['rank']:,} "
            f"({known['rank_best']:,} to {known['rank_worst']:,}), score {known['score']}"
        )
    tables = (
        ("Why this score", told["reasons"], None),
        ("Members", told["members"], MEMBER_COLUMNS),
        ("Families that are like it", told["related"], None),
        ("Functions that other families have, too", told["shared_functions"], None),
        ("Other modules of the same item", told["of_the_same_item"], None),
    )
    for title, rows, columns in tables:
        if rows:
            click.echo(f"\n{title}")
            write_rows(rows, columns or list(rows[0]), "table", sys.stdout)
    if told["code"] is not None:
        click.echo(f"\n{told['code']}")
