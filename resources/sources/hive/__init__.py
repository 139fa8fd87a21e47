"""The Data Lake's tables as a source (SPEC.md section 10), read by Spark where they are.

catalog.py asks a catalog, place.py sees its partitions as what a manifest names, layout.py knows
which partition is whose. wikis.py, entities.py and events.py read rows.
"""
