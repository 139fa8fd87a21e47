"""What Cassandra says of the columns of each answer, read once: it is the same for all answers of a
statement, and to make the driver's types of it anew costs more than to read the rows.
"""

from typing import Any, BinaryIO, ClassVar

from cassandra.protocol import ProtocolHandler, ResultMessage

_MOST = 100
"""Kinds of answers that are remembered; there is one of each statement."""


class _Results(ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]):
    """An answer with rows."""

    _known: ClassVar[dict[bytes, Any]] = {}

    def recv_results_metadata(self, f: BinaryIO, user_type_map: object) -> None:
        """See ResultMessage. An answer that goes on in another begins otherwise each time."""
        begin = f.tell()
        for read, columns in self._known.items():
            if f.read(len(read)) == read:
                self.column_metadata = columns
                return
            f.seek(begin)
        super().recv_results_metadata(f, user_type_map)
        if self.paging_state is None and len(self._known) < _MOST:
            end = f.tell()
            f.seek(begin)
            self._known[f.read(end - begin)] = self.column_metadata


class Handler(ProtocolHandler):
    """For a session: reads what it is answered."""

    message_types_by_opcode: ClassVar[dict[int, type]] = {
        **ProtocolHandler.message_types_by_opcode,
        ResultMessage.opcode: _Results,
    }
