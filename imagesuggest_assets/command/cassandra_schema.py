"""`imagesuggest cassandra-schema`: the tables of the readers' Cassandra."""

import click

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
