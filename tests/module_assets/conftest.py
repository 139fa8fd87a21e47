"""Tables on the engine that is quick to start, for rules that both engines are compared by in
test_worlds.py.
"""

from pathlib import Path

import pytest

from resources.engine import Engine
from tests.tables import Tables


@pytest.fixture
def small(duckdb_engine: Engine, tmp_path: Path) -> Tables:
    """Small tables on DuckDB alone."""
    return Tables(duckdb_engine, tmp_path)
