"""`imagesuggest explain`: why an article has its suggestions, or none."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from graph.terminal.options import out
from imagesuggest_assets.command.options import lake_option
from imagesuggest_assets.settings import Settings
from resources.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table


@click.command()
@click.argument("wiki")
@click.argument("title", required=False)
@click.option("--page-id", type=click.IntRange(1), help="The page's id, in place of TITLE.")
@click.option(
    "--snapshot",
    default="",
    metavar="YYYY-MM-DD",
    help="Which snapshot; without it the one that is published of the wiki.",
)
@click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(["table", "json"]),
    help="What a person reads, or what /v1/explain answers.",
)
@lake_option
def explain(
    wiki: str, title: str | None, page_id: int | None, snapshot: str, form: str, lake: str
) -> None:
    """Tell why the article TITLE of WIKI has its suggestions, or none.

    Named is all that speaks against the article and against each file of its item, with what was
    found, and what can be done about it.
    """
    from imagesuggest_assets.publication.store.place import build_store
    from imagesuggest_assets.server.lists import Lists
    from imagesuggest_assets.server.source import NotKeptError
    from resources.ledger import target_of
    from resources.sources.names import normalize_title

    if (title is None) == (page_id is None):
        raise click.UsageError("give either TITLE or --page-id")
    asked = normalize_title(title) if title is not None else page_id or 0
    settings = Settings.from_environment(lake=lake)
    resource, target = build_store(settings), ""
    if resource.there():
        with resource.open() as store:
            target = target_of(store.kind, store.identity())
    with closing(Lists(settings.lake, settings.scratch)) as lists:
        try:
            found = lists.explained(target, wiki, asked, snapshot)
        except NotKeptError as error:
            raise UserError(str(error)) from error
    if found is None:
        raise UserError(
            f"{wiki} is no wiki of {settings.lake}; `imagesuggest show publishable` lists them"
        )
    if form == "json":
        json.dump(found, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        for each in _shown(found):
            out(120).print(each)


def _shown(found: Mapping[str, Any]) -> "Iterator[str | Table]":
    """Make what is printed: the article and what speaks against it, then its files."""
    from rich.markup import escape

    item = f", item {found['item_id']}" if found["item_id"] else ""
    at = f" at {found['snapshot']}" if found["snapshot"] else ""
    name = escape(str(found["title"] or f"page {found['page_id']}"))
    page = f"(page {found['page_id']}{item})" if found["page_id"] else ""
    yield f"[bold]{found['wiki']}: {name}[/] {page}{at}: {found['verdict']}"
    for condition in (*found["conditions"], *found["left_out"]):
        yield f"  {condition['name']}: {escape(condition['words'])}"
    if found["files"]:
        yield _files(found["files"])


def _files(files: list[dict[str, Any]]) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    for heading in ("", "file", "confidence", "signals", "verdict", "why"):
        table.add_column(heading, overflow="fold")
    for file in files:
        why = [f"{each['name']}: {escape(each['words'])}" for each in file["conditions"]]
        why += [
            f"{each['outcome']} {each['when'] or ''}".strip()
            for each in file["judged"]
            if each["outcome"] == "undecided"
        ]
        table.add_row(
            str(file["rank"] or ""),
            escape(file["file_name"]),
            "" if file["confidence"] is None else f"{file['confidence']} %",
            ", ".join(file["signals"]),
            file["verdict"],
            "\n".join(why),
        )
    return table
