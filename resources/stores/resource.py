"""Which store readers have, for assets, checks and commands; opened when it is needed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from resources.stores.settings import CassandraSettings
from resources.stores.store import Store


@dataclass(frozen=True)
class StoreResource:
    """Cassandra where settings of one are given, else the SQLite file ``path``."""

    path: Path
    cassandra: CassandraSettings | None = None

    @contextmanager
    def open(self) -> Iterator[Store]:
        """Give the store, open. Raises StoreError where it can not be reached."""
        # What reads pages alone needs neither; the driver takes half a second to import.
        if self.cassandra is None:
            from resources.stores.sqlite import SQLiteStore

            with closing(SQLiteStore(self.path)) as file:
                yield file
            return
        from resources.stores.cassandra import CassandraStore

        with closing(CassandraStore(self.cassandra)) as cluster:
            yield cluster

    def there(self) -> bool:
        """Tell whether there is anything to open: a file that nobody made yet is not."""
        return self.cassandra is not None or self.path.exists()
