"""The tables that others read out of a Hive metastore."""
