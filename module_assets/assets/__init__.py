"""All that is read and computed as Dagster assets. How it is computed is known in `datasets`."""
