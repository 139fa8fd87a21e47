"""Datasets as Arrow has them. How they are declared is in schema.py, which waits for no Arrow."""

import pyarrow as pa

from graph.schema import Dataset, Type

TYPES: dict[Type, pa.DataType] = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "array<string>": pa.list_(pa.string()),
    "array<int64>": pa.list_(pa.int64()),
    "timestamp('UTC')": pa.timestamp("us", tz="UTC"),
}
"""How columns are stored, by the types that they are declared with."""


def schema_of(dataset: Dataset) -> pa.Schema:
    """Give the columns of a dataset, in their order."""
    return pa.schema([(column.name, TYPES[column.type]) for column in dataset.columns])
