"""The snapshot partition of the image suggestions."""

import dagster as dg

SNAPSHOTS = dg.DynamicPartitionsDefinition(name="snapshot")
"""One partition a snapshot, key ``YYYY-MM-DD``: snapshots arrive when they do, by no calendar."""
