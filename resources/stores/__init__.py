"""The readers' store: Cassandra, or one SQLite file. What belongs into it is not known here."""
