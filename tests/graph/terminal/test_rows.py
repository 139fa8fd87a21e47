"""Rows as people read them, and as other programs do."""

import io
import json

import pytest

from graph.terminal.rows import write_rows

ROW = {"title": "A", "scaled": 0.6132297160199381, "score": 30.074, "pages": 7, "known": None}


def written(form: str) -> str:
    to = io.StringIO()
    write_rows([ROW], list(ROW), form, to)
    return to.getvalue()


def test_a_table_rounds_what_other_programs_get_whole() -> None:
    assert written("table").split()[-4:] == ["A", "0.6132", "30.074", "7"]
    assert json.loads(written("json")) == ROW
    assert written("csv").splitlines()[1] == "A,0.6132297160199381,30.074,7,"


@pytest.mark.parametrize("value", [0.0, 1.0, 1e-9, 12345678.5])
def test_a_number_of_a_table_is_right_to_four_decimals(value: float) -> None:
    to = io.StringIO()
    write_rows([{"value": value}], ["value"], "table", to)
    assert float(to.getvalue().split()[-1]) == pytest.approx(value, abs=5e-5)
