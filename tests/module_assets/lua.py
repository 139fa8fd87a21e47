"""Made-up Lua for tests: any text, well-formed modules, and the same ones written otherwise."""

import random
import re

from hypothesis import strategies as st

FRAGMENTS = (
    "function f (x) end",
    "local function g(a, ...) return ... end",
    "p.name = function(frame) return { 1, 'two' } end",
    "if x then y() elseif z then w{} else v'' end",
    "for i = 1, #t do t[i] = nil end",
    "repeat until true",
    "while a ~= b do break end",
    "{", "}", "(", ")", "[", "]", "end", "do", "function", "until", "repeat", "if", "goto", "=",
    "require", "mw", "string", "loadData", "..", "...", ".", "==", "<=", "~", "-", "--", "--[", "é",
    "--[[", "--[==[", "]]", "]==]", "[[", "[=[", "[==[", "]=]", "[=", "=[", "\\", '"', "'", "\n",
    '"Module:A b"', "'module: x'", "[[\nModul:Y]]", '"Module:a#b"', "\\\n", '\\"', "\r", "\0",
    "\x0b", "0x1F", "0X", "1e5", "1E+5", "1e", ".5", "3..2", "3.", "1.5e-3", "a1", "1a", "'a\\'b'",
    " ", "\t",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3)), max_size=40).map(
    lambda parts: "".join(parts)
) | st.lists(st.sampled_from(FRAGMENTS), max_size=60).map(" ".join)
"""Any text: most are broken in some way."""

SAME_LINE = (" ", "\t ", " --[[ if ]]")
ANY_LINE = (*SAME_LINE, "\n", " \n  ", " --[=[ ]] \n ]=]", " -- end\n")

Word = tuple[str, int | str]
"""A word as written, or the number of a name or of a string."""


class Module:
    """A well-formed module, made of a seed: its words, which can be written in many ways."""

    def __init__(self, seed: int, functions: int = 2) -> None:
        self._dice = random.Random(seed)
        self.words: list[Word] = []
        self._write("local", 0, "=", "{", "}")
        for number in range(functions):
            self._write("function", 0, ".", number + 1, "(", 2, ",", 3, ")")
            self._block(3)
            self._write("end")
        self._write("return", 0)

    def _write(self, *words: int | str) -> None:
        self.words += [("name" if isinstance(word, int) else "word", word) for word in words]

    def _block(self, depth: int) -> None:
        for _ in range(self._dice.randint(2, 4)):
            self._dice.choice([self._assign, self._call, self._nest] if depth else [self._assign])(
                depth
            )

    def _assign(self, depth: int) -> None:
        self._write("local", self._name(), "=")
        self._expression(depth)

    def _call(self, depth: int) -> None:
        self._write("table", ".", self._name(), "(")
        self._expression(depth - 1)
        self._write(",")
        self._expression(depth - 1)
        self._write(")", ";")

    def _nest(self, depth: int) -> None:
        begin: tuple[int | str, ...] = self._dice.choice(
            [
                ("if", 1, "==", 2, "then"),
                ("for", 1, "=", "1", ",", "0x1F", "do"),
                ("for", 1, ",", 2, "in", "pairs", "(", 3, ")", "do"),
                ("while", 1, "~=", "1.5e-3", "do"),
                ("repeat",),
                ("local", "function", 4, "(", "...", ")"),
            ]
        )
        self._write(*begin)
        self._block(depth - 1)
        if begin[0] == "if" and self._dice.random() < 0.5:
            self._write("else")
            self._block(depth - 1)
        self._write(*(("until", 1, "<=", ".5") if begin[0] == "repeat" else ("end",)))

    def _expression(self, depth: int) -> None:
        kind = self._dice.randint(0, 5 if depth > 0 else 2)
        if kind == 0:
            self._write(self._name())
        elif kind == 1:
            self.words.append(("string", self._dice.randint(0, 9)))
        elif kind == 2:
            self._write(self._dice.choice(["1", "3.", "1e5", "nil", "true"]))
        elif kind == 3:
            self._write("{", self._name(), "=")
            self._expression(depth - 1)
            self._write(",", "[", "1", "]", "=", "#", self._name(), "}")
        elif kind == 4:
            self._write("(", "-")
            self._expression(0)
            self._write("..")
            self._expression(depth - 1)
            self._write(")")
        else:
            self._write("function", "(", ")")
            self._block(depth - 1)
            self._write("end")

    def _name(self) -> int:
        return self._dice.randint(0, 20)

    def written(self, layout: int = 0, names: str = "n", strings: str = "text") -> str:
        """Write it in one of many layouts, with names and strings of one language or another."""
        dice = random.Random(layout)
        texts = []
        for kind, word in self.words:
            if kind == "string":
                text = f"{strings} {word}"
                word = dice.choice([f'"{text}"', f"'{text}'", f"[[{text}]]", f"[=[\n{text}]=]"])
            # Lua 5.1 takes no line end between what is called and the parenthesis.
            texts.append(dice.choice(SAME_LINE if word == "(" else ANY_LINE))
            texts.append(f"{names}{word}" if kind == "name" else str(word))
        return "".join(texts)


def blanked(tokens: list[str]) -> str:
    """Join tokens again by blanks, strings between brackets that are nowhere in them."""
    levels = [len(signs) for signs in re.findall("](=*)", " ".join(tokens))]
    signs = "=" * (max(levels, default=0) + 1)
    return " ".join(
        f"[{signs}[\n{token[1:]}]{signs}]" if token[0] == '"' else token for token in tokens
    )
