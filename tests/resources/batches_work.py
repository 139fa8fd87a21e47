"""What other processes do in tests of batches; they import it by its name."""

import os
import signal
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from resources.errors import InputError


def doubled(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Give each number twice as large, and the process that did it."""
    for batch in batches:
        numbers = pc.multiply(batch["number"], 2)
        process = pa.array([os.getpid()] * len(batch))
        yield pa.record_batch([numbers, process], ["number", "process"])


def refused(batches: Iterable[pa.RecordBatch], number: int) -> Iterator[pa.RecordBatch]:
    """Refuse the batch that begins with a number."""
    for batch in batches:
        if batch["number"][0].as_py() == number:
            raise InputError("rows", "is refused", where=f"row {number}")
        yield batch


def killed(batches: Iterable[pa.RecordBatch], number: int) -> Iterator[pa.RecordBatch]:
    """Kill the process that gets the batch that begins with a number."""
    for batch in batches:
        if batch["number"][0].as_py() == number:
            os.kill(os.getpid(), signal.SIGKILL)
        yield batch
