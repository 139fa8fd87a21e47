"""Finds where each value of each row of an INSERT is in the dump's text, without reading a value.

Exact, and without a loop over rows: the bytes are compared as a whole, 64 of them a machine word
when it comes to which are inside quotes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

_WORD = np.dtype("<u8")
_QUOTE, _OPEN, _CLOSE, _COMMA, _SEMICOLON, _BACKSLASH = b"'(),;\\"
_NO_POSITIONS: Positions = np.zeros(0, np.int64)
_NO_WORDS: Words = np.zeros(0, np.uint64)
_SPACES = np.frombuffer(b" \t\r\n", np.uint8)


class RowError(Exception):
    """A row that is not as a dump writes it; ``row`` counts from 0 in the text that was read."""

    def __init__(self, row: int, problem: str) -> None:
        super().__init__(row, problem)
        self.row = row
        self.problem = problem


@dataclass(frozen=True)
class Rows:
    """Where the values of whole rows are; all positions are in the text that was read.

    ``begins``: of each row, behind its parenthesis. ``separators``: (rows, columns), the byte
    behind each value; the last of a row is the one behind its parenthesis. ``escapes``: the
    backslashes that begin an escape. ``doubled``: the first of two quotes that stand for one.
    ``used``: the bytes up to the next row, or to the end of the INSERT if ``ended``.
    """

    begins: Positions
    separators: Positions
    escapes: Positions
    doubled: Positions
    used: int
    ended: bool

    def __len__(self) -> int:
        return len(self.begins)

    def bounds(self, column: int, chosen: Positions | None = None) -> tuple[Positions, Positions]:
        """Where the values of a column begin and end, of all rows or of the chosen ones."""
        begins = self.separators[:, column - 1] + 1 if column else self.begins
        ends = self.separators[:, column]
        if chosen is not None:
            begins, ends = begins[chosen], ends[chosen]
        return begins, ends - 1 if column == self.separators.shape[1] - 1 else ends


class RowFinder:
    """Finds the rows of INSERTs of ``columns`` values; keeps its working memory between texts."""

    def __init__(self, columns: int, head: bytes) -> None:
        self._columns = columns
        # The next INSERT with the same head is taken like a separator of rows.
        joint = b"\n" + head + b"("
        self._joint = b"" if {_QUOTE, _BACKSLASH} & {*joint} else joint
        self._quotes = self._other = np.zeros(0, np.bool_)

    def find(self, text: Bytes) -> Rows:
        """Find all whole rows of a text that begins with a row, or with space before it.

        Raises RowError for one that has no parentheses around it, another number of values than
        there are columns, or anything but a separator behind a quoted value.
        """
        first = _skip_space(text, 0)
        if first == len(text):
            return _nothing(first)
        if text[first] != _OPEN:
            raise RowError(0, "a row does not begin with a parenthesis")
        size = self._prepare(len(text))
        quotes, other = self._quotes[:size], self._other[:size]
        np.equal(text, _QUOTE, out=quotes[: len(text)])
        np.equal(text, _BACKSLASH, out=other[: len(text)])
        escapes = _begin_escapes(np.flatnonzero(other[: len(text)]))
        quotes[escapes[escapes < len(text) - 1] + 1] = False
        commas = other
        np.equal(text, _COMMA, out=commas[: len(text)])
        quote_bits = comma_bits = inside = _NO_WORDS
        outside = None
        if quotes[: len(text)].any():
            quote_bits, comma_bits = _pack(quotes), _pack(commas)
            inside = _parity(quote_bits)
            outside = _unpack(~inside, len(text))
            commas[: len(text)] &= outside
        closers, ended = self._close_statements(text, outside, commas)
        fields, separators = self._fields(text, commas[: len(text)])
        for closer in closers[text[closers - 1] != _CLOSE].tolist():
            row = int(np.searchsorted(separators, closer))
            raise RowError(row, "a row does not end with a parenthesis")
        if not len(separators):
            return _nothing(first)
        joints = closers[:-1] if ended else closers
        used = int(separators[-1]) + 1
        if separators[-1] in joints[-1:]:
            used += len(self._joint) - 1
        begins = self._begins(text, first, separators, joints)
        doubled = _NO_POSITIONS
        if outside is not None:
            closing = quote_bits & ~inside
            doubled = _check_closing_quotes(text, closing, quote_bits, comma_bits, separators)
        rows = fields.reshape(-1, self._columns)
        return Rows(begins, rows, escapes[escapes < used], doubled, used, ended)

    def _prepare(self, length: int) -> int:
        """Make room for a mask of the text in whole words, with nothing behind the text."""
        size = -(-length // 64) * 64
        if len(self._quotes) < size:
            self._quotes, self._other = np.zeros((2, 2 * size), np.bool_)
        self._quotes[length:size] = self._other[length:size] = False
        return size

    def _close_statements(
        self, text: Bytes, outside: Mask | None, commas: Mask
    ) -> tuple[Positions, bool]:
        """Take each semicolon before another INSERT as a separator, and end at the first other.

        Gives the semicolons, and whether the last of them is the end.
        """
        semicolons = np.flatnonzero(text == _SEMICOLON)
        if outside is not None:
            semicolons = semicolons[outside[semicolons]]
        closers = []
        ended = False
        for position in semicolons.tolist():
            behind = position + 1 + len(self._joint)
            ended = not self._joint or text[position + 1 : behind].tobytes() != self._joint
            commas[position + 1 : len(text) if ended else behind] = False
            commas[position] = True
            closers.append(position)
            if ended:
                break
        return np.array(closers, np.int64), ended

    def _begins(
        self, text: Bytes, first: int, separators: Positions, joints: Positions
    ) -> Positions:
        begins = np.empty_like(separators)
        begins[0] = first
        begins[1:] = separators[:-1] + 1
        behind_joints = np.searchsorted(separators, joints) + 1
        begins[behind_joints[behind_joints < len(begins)]] += len(self._joint) - 1
        closed = text[begins] != _OPEN
        while closed.any():
            # MariaDB writes a line break between rows since 2024.
            begins[closed] += 1
            row = np.flatnonzero(closed)[~np.isin(text[begins[closed] - 1], _SPACES)]
            if len(row):
                raise RowError(int(row[0]), "a row does not begin with a parenthesis")
            closed = text[begins] != _OPEN
        return begins + 1

    def _fields(self, text: Bytes, commas: Mask) -> tuple[Positions, Positions]:
        """Give where values end, in whole rows, and where rows end.

        Rows end at a comma or semicolon behind a closing parenthesis.
        """
        closed = text[:-1] == _CLOSE
        closed &= commas[1:]
        number = np.count_nonzero(closed)
        if not number:
            return _NO_POSITIONS, _NO_POSITIONS
        fields = np.flatnonzero(commas[: _last(closed) + 2])
        step = self._columns
        if len(fields) == number * step:
            separators = fields[step - 1 :: step]
            if (text[separators - 1] == _CLOSE).all():
                return fields, separators
        separators = np.flatnonzero(closed) + 1
        numbers = np.diff(np.searchsorted(fields, separators), prepend=-1)
        row = int(np.flatnonzero(numbers != step)[0])
        raise RowError(row, f"{numbers[row]} values, but there are {step} columns")


def _nothing(used: int) -> Rows:
    none = _NO_POSITIONS
    return Rows(none, none.reshape(0, 1), none, none, used, False)


def _last(mask: Mask) -> int:
    """Where the last of a mask's marks is; there is one."""
    size = 1 << 12
    while not len(found := np.flatnonzero(mask[-size:])):
        size *= 8
    return max(len(mask) - size, 0) + int(found[-1])


def _skip_space(text: Bytes, position: int) -> int:
    while position < len(text) and text[position] in _SPACES:
        position += 1
    return position


def _begin_escapes(backslashes: Positions) -> Positions:
    """Those backslashes that are not escaped themselves: in a run of them every other one."""
    if not len(backslashes):
        return backslashes
    new_run = np.diff(backslashes, prepend=-2) != 1
    run = np.flatnonzero(new_run)
    in_run = np.arange(len(backslashes)) - run[np.cumsum(new_run) - 1]
    return backslashes[in_run % 2 == 0]


def _pack(mask: Mask) -> Words:
    return np.packbits(mask, bitorder="little").view(_WORD)


def _unpack(bits: Words, length: int) -> Mask:
    return np.unpackbits(bits.view(np.uint8), count=length, bitorder="little").view(np.bool_)


def _parity(bits: Words) -> Words:
    """For each bit whether there is an odd number of set bits up to and with it."""
    parity = bits.copy()
    for shift in (1, 2, 4, 8, 16, 32):
        parity ^= parity << np.uint64(shift)
    odd_before = np.bitwise_xor.accumulate(parity >> np.uint64(63))[:-1]
    parity[1:] ^= np.uint64(0) - odd_before
    return parity


def _check_closing_quotes(
    text: Bytes, closing: Words, quotes: Words, commas: Words, separators: Positions
) -> Positions:
    """Raise for text behind a quoted value; give the first quotes of the doubled ones."""
    end = int(separators[-1])
    others = closing & ~_next(quotes | commas)
    others[end // 64] &= np.uint64((1 << end % 64) - 1)
    others[end // 64 + 1 :] = 0
    # What is left must be the last values of rows, before a parenthesis and a separator.
    last = text[separators - 2] == _QUOTE
    if np.bitwise_count(others).sum() != np.count_nonzero(last):
        wrong = np.setdiff1d(_set_bits(others, end), separators[last] - 2)
        row = int(np.searchsorted(separators, wrong[0]))
        raise RowError(row, "a quoted value goes on behind its closing quote")
    doubled = closing & _next(quotes)
    return _set_bits(doubled, end) if doubled.any() else _NO_POSITIONS


def _next(bits: Words) -> Words:
    """For each bit the one behind it."""
    following = bits >> np.uint64(1)
    following[:-1] |= bits[1:] << np.uint64(63)
    return following


def _set_bits(bits: Words, length: int) -> Positions:
    return np.flatnonzero(_unpack(bits, length))
