"""How much can be asked for at once."""

LIMIT, MOST = 10, 500
"""Pages of a part of a list, and how many can be asked for."""
IDS_MOST = 500
"""Pages that can be asked for by their ids."""
SEED_MOST = 2**63 - 1
"""The last shuffle."""
