"""`imagesuggest article`: what a reader gets for an article."""

from contextlib import closing

import click

from graph.terminal.options import out
from imagesuggest_assets.command.options import lake_option
from imagesuggest_assets.settings import Settings
from resources.errors import UserError


@click.command("article")
@click.argument("wiki")
@click.argument("title")
@lake_option
def article(wiki: str, title: str, lake: str) -> None:
    """Show what a reader gets for the article TITLE of WIKI, from the readers' store.

    TITLE is looked for as it is, and only where no page is called so with its first letter
    upper-case.
    """
    from rich.markup import escape
    from rich.table import Table

    from imagesuggest_assets.publication.store.load import ledger_of
    from imagesuggest_assets.publication.store.place import build_store
    from imagesuggest_assets.publication.titles import titles_meant
    from resources.lake import Lake

    settings = Settings.from_environment(lake=lake)
    resource = build_store(settings)
    if not resource.there():
        raise UserError(f"{resource.path}: nothing was published yet; `imagesuggest run` does")
    with closing(Lake(settings.lake, settings.scratch)) as kept, resource.open() as store:
        store.check()
        loaded = ledger_of(kept, store).state(wiki)
        names = titles_meant(kept, loaded.snapshot if loaded else "", wiki, title)
        found = {name: there for name in names if (there := store.title(wiki, name))}
        if not found:
            raise UserError(
                f"{wiki}: there are no suggestions for {' or '.join(names)} in {store.where}; "
                f"`imagesuggest show filtered_suggestions --wiki {wiki}` lists articles that "
                "have some"
            )
        name, (page, revision) = next(iter(found.items()))
        classes = store.instance_of(wiki, page)
        rows = store.suggestions(wiki, page)
    item = rows[0].page_qid if rows else None
    table = Table(
        title=f"{wiki}: {escape(name)} (page {page}, revision {revision}, item {item}, "
        f"instance of {', '.join((classes and classes[1]) or ['nothing'])})",
        title_justify="left",
    )
    for heading in ("confidence", "image", "why", "lead image on"):
        table.add_column(heading, overflow="fold")
    for row in sorted(rows, key=lambda each: (-(each.confidence or 0), each.image)):
        table.add_row(
            f"{row.confidence:g} %",
            escape(row.image),
            ", ".join(kind.removeprefix("istype-") for kind in row.kind or ()),
            ", ".join(row.found_on or ()),
        )
    out(120).print(table)
