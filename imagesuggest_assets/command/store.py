"""The commands of the readers' store: its schema, loading it, what a reader gets of an article."""

import click

from imagesuggest_assets.command.options import lake_option, out, rules_option
from imagesuggest_assets.settings import Settings
from resources.errors import UserError


@click.command("cassandra-schema")
@click.option("--apply", "make", is_flag=True, help="Make what is not there yet.")
def cassandra_schema(make: bool) -> None:
    """Print the keyspace and tables of the readers' Cassandra as CQL, or make them.

    IMAGESUGGEST_CASSANDRA and what begins with it say where; IMAGESUGGEST_CASSANDRA_REPLICATION is
    a number of copies such as 3, or one for each data centre such as eqiad=3,codfw=3.
    """
    from resources.stores.cassandra_schema import statements
    from resources.stores.settings import CassandraSettings

    settings = Settings.from_environment().cassandra
    if not make:
        for statement in statements(settings or CassandraSettings(("localhost",))):
            click.echo(f"{statement};\n")
        return
    if settings is None:
        raise UserError("no Cassandra: set IMAGESUGGEST_CASSANDRA to its contact points")
    from resources.stores.cassandra import CassandraStore, make_schema

    make_schema(settings)
    store = CassandraStore(settings)
    try:
        store.check()
        click.echo(f"{store.where}: keyspace and tables are there, as they should be")
    finally:
        store.close()


@click.command("load")
@click.option("--snapshot", required=True, metavar="YYYY-MM-DD", help="Which snapshot.")
@click.option(
    "--full", is_flag=True, help="Compare with what is really in the store; takes longer."
)
@click.option("--force", is_flag=True, help="Also where a later snapshot is published.")
@lake_option
@rules_option
def load(snapshot: str, full: bool, force: bool, lake: str, rules: str) -> None:
    """Publish what may be published of a snapshot to the readers' store, and read it back.

    The store is the Cassandra of IMAGESUGGEST_CASSANDRA, else the SQLite file IMAGESUGGEST_STORE
    or the one beside the lake. Runs do this by themselves; by hand it repairs, or goes back.
    """
    from rich.console import Console

    from imagesuggest_assets.command.display import Display
    from imagesuggest_assets.command.execution import load_store

    settings = Settings.from_environment(lake=lake, rules=rules)
    config = {"full": full, "force": force}
    load_store(settings, snapshot, config, Display(Console(stderr=True)))


@click.command("article")
@click.argument("wiki")
@click.argument("title")
@lake_option
def article(wiki: str, title: str, lake: str) -> None:
    """Show what a reader gets for the article TITLE of WIKI, from the readers' store."""
    from rich.markup import escape
    from rich.table import Table

    from imagesuggest_assets.definitions import build_store
    from resources.sources.names import normalize_name

    settings = Settings.from_environment(lake=lake)
    resource = build_store(settings)
    if not resource.there():
        raise UserError(f"{resource.path}: nothing was published yet; `imagesuggest run` does")
    name = normalize_name(title)
    with resource.open() as store:
        store.check()
        found = store.title(wiki, name)
        if found is None:
            raise UserError(
                f"{wiki}: there are no suggestions for {name} in {store.where}; "
                f"`imagesuggest show filtered_suggestions --wiki {wiki}` lists articles that "
                "have some"
            )
        page, revision = found
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


STORE_COMMANDS = (cassandra_schema, load, article)
"""All of them."""
