"""The readers' keyspace and tables in CQL: to be printed, made, and compared with what is there."""

from typing import Any

from resources.stores.settings import CassandraSettings
from resources.stores.store import COLUMNS, KEYS, StoreError

ADVICE = "`imagesuggest cassandra-schema` prints how it should be, and makes it with --apply"


def statements(settings: CassandraSettings) -> list[str]:
    """Give the CQL that makes the keyspace and the tables where they are not there."""
    copies = ", ".join(f"'{name}': '{value}'" for name, value in settings.replication_map.items())
    return [
        f"CREATE KEYSPACE IF NOT EXISTS {settings.keyspace} WITH replication = {{{copies}}}",
        *(_table(settings.keyspace, table) for table in COLUMNS),
    ]


def check_tables(metadata: Any, keyspace: str, where: str) -> None:
    """Raise StoreError where a table is not there, or has other columns or another key."""
    there = metadata.keyspaces.get(keyspace.lower())
    if there is None:
        raise StoreError(f"{where}: there is no such keyspace; {ADVICE}")
    for table, columns in COLUMNS.items():
        found = there.tables.get(table)
        if found is None:
            raise StoreError(f"{where}: there is no table {table}; {ADVICE}")
        types = {name: column.cql_type for name, column in found.columns.items()}
        wrong = sorted(
            f"{name} is {types.get(name, 'not there')}, expected {columns.get(name, 'no such')}"
            for name in {*types, *columns}
            if types.get(name) != columns.get(name)
        )
        partition, sorting = KEYS[table]
        key = tuple(
            tuple(column.name for column in part)
            for part in (found.partition_key, found.clustering_key)
        )
        if key != (partition, sorting):
            wrong.append(f"its key is {key}, expected {(partition, sorting)}")
        if wrong:
            raise StoreError(f"{where}: the table {table} is another: {'; '.join(wrong)}; {ADVICE}")


def _table(keyspace: str, table: str) -> str:
    columns = "".join(f"    {name} {kind},\n" for name, kind in COLUMNS[table].items())
    partition, sorting = KEYS[table]
    key = ", ".join((f"({', '.join(partition)})", *sorting))
    return f"CREATE TABLE IF NOT EXISTS {keyspace}.{table} (\n{columns}    PRIMARY KEY ({key})\n)"
