"""How blocks stand in one another: whether a text is broken, its tables, its functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from module_assets.code.tokens import BLOCK_ENDS


@dataclass(frozen=True)
class Blocks:
    """What the blocks of one text say.

    ``literal_tokens`` are inside `{ }` and outside every function, which begins with `function` and
    ends with `end`. ``functions`` are the places of `function` and of its `end`, of those that are
    closed and inside no other, in their order.
    """

    is_broken: bool
    literal_tokens: int
    functions: list[tuple[int, int]]


def blocks_of(words: Sequence[str], places: Sequence[int], tokens: int) -> Blocks:
    """Match what opens and closes blocks, given with its places among so many tokens of a text.

    A closing that does not fit the innermost open block is passed over.
    """
    opened: list[tuple[str, int]] = []
    functions: list[tuple[int, int]] = []
    broken = False
    braces = inside_functions = literal = since = 0
    for word, place in zip(words, places, strict=True):
        if word in BLOCK_ENDS:
            opened.append((word, place))
            if word == "{":
                braces += 1
                if braces == 1:
                    since = place
            elif word == "function":
                if braces and not inside_functions:
                    literal += place - since
                inside_functions += 1
        elif not opened or BLOCK_ENDS[opened[-1][0]] != word:
            broken = True
        else:
            closed, start = opened.pop()
            if closed == "{":
                braces -= 1
                if not braces and not inside_functions:
                    literal += place + 1 - since
            elif closed == "function":
                inside_functions -= 1
                if not inside_functions:
                    functions.append((start, place))
                    since = place + 1
    if braces and not inside_functions:
        literal += tokens - since
    return Blocks(broken or bool(opened), literal, functions)
