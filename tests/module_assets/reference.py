"""MODULES.md sections 3 to 5 in plain Python, slow and obvious: written from the text of the
contract, and sharing nothing with the code that it checks.
"""

import hashlib
import itertools
import unicodedata
from dataclasses import dataclass, field
from typing import Any

BLANK = " \t\n\f\v"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
DIGITS = "0123456789"
HEX = DIGITS + "abcdefABCDEF"
_RESERVED = (
    "and break do else elseif end false for function if in local nil not or repeat return then true"
    " until while"
)
_KEPT = (
    "_G _VERSION assert error getfenv getmetatable ipairs math mw next os package pairs pcall"
    " rawequal rawget rawset require select setfenv setmetatable string table tonumber tostring"
    " type unpack xpcall"
)
RESERVED, KEPT = _RESERVED.split(), _KEPT.split()
WORD = 2**64
M = 0x9E3779B97F4A7C15


@dataclass
class Token:
    kind: str  # string, number, name, keyword or other
    text: str
    line: int

    @property
    def structure(self) -> str:
        if self.kind == "string":
            return "STR"
        if self.kind == "number":
            return "NUM"
        if self.kind == "name" and self.text not in KEPT:
            return "ID"
        return self.text


def long_bracket(text: str, at: int) -> tuple[str, int] | None:
    """What a long bracket that begins here holds, and where it is over."""
    if text[at : at + 1] != "[":
        return None
    inside = at + 1
    while text[inside : inside + 1] == "=":
        inside += 1
    if text[inside : inside + 1] != "[":
        return None
    closing = "]" + "=" * (inside - at - 1) + "]"
    inside += 1
    end = text.find(closing, inside)
    content, after = (
        (text[inside:], len(text)) if end < 0 else (text[inside:end], end + len(closing))
    )
    return content[1:] if content.startswith("\n") else content, after


def number_end(text: str, at: int) -> int:
    """Where the number that begins here is over; `at` where there is none."""

    def run(start: int, allowed: str) -> int:
        while start < len(text) and text[start] in allowed:
            start += 1
        return start

    if text[at] == "0" and text[at + 1 : at + 2] in ("x", "X"):
        end = run(at + 2, HEX)
        if end > at + 2:
            return end
    end = run(at, DIGITS)
    if end > at:
        if text[end : end + 1] == ".":
            end = run(end + 1, DIGITS)
    elif text[at] == "." and run(at + 1, DIGITS) > at + 1:
        end = run(at + 1, DIGITS)
    else:
        return at
    if text[end : end + 1] in ("e", "E"):
        power = end + 1
        if text[power : power + 1] in ("+", "-"):
            power += 1
        if run(power, DIGITS) > power:
            end = run(power, DIGITS)
    return end


def lex(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        start, line, letter = at, text.count("\n", 0, at) + 1, text[at]
        if letter in BLANK:
            at += 1
        elif text.startswith("--", at):
            comment = long_bracket(text, at + 2)
            if comment:
                at = comment[1]
            else:
                while at < len(text) and text[at] != "\n":
                    at += 1
        elif letter in LETTERS:
            while at < len(text) and text[at] in LETTERS + DIGITS:
                at += 1
            word = text[start:at]
            found.append(Token("keyword" if word in RESERVED else "name", word, line))
        elif (held := long_bracket(text, at)) is not None:
            content, at = held
            found.append(Token("string", '"' + content, line))
        elif letter in "\"'":
            at, content = at + 1, ""
            while at < len(text) and text[at] not in (letter, "\n"):
                size = 2 if text[at] == "\\" else 1
                content += text[at : at + size]
                at += size
            if text[at : at + 1] == letter:
                at += 1
            found.append(Token("string", '"' + content, line))
        elif number_end(text, at) > at:
            at = number_end(text, at)
            found.append(Token("number", text[start:at].lower(), line))
        else:
            for operator in ("...", "..", "==", "~=", "<=", ">=", letter):
                if text.startswith(operator, at):
                    at += len(operator)
                    found.append(Token("other", operator, line))
                    break
    return found


def digest(tokens: list[str]) -> str:
    return hashlib.sha256("\n".join(tokens).encode("utf-8")).hexdigest()[:32]


def mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) % WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) % WORD
    return x ^ (x >> 31)


def shingles(tokens: list[str]) -> set[int]:
    numbers = [
        int.from_bytes(hashlib.blake2b(token.encode("utf-8"), digest_size=8).digest(), "little")
        for token in tokens
    ]
    found = set()
    for t1, t2, t3, t4, t5 in zip(*(numbers[place:] for place in range(5)), strict=False):
        found.add(mix((t1 * M**4 + t2 * M**3 + t3 * M**2 + t4 * M + t5) % WORD) >> 1)
    return found


@dataclass
class Nesting:
    broken: bool = False
    literal: int = 0
    functions: list[tuple[int, int]] = field(default_factory=list)


def nest(tokens: list[Token]) -> Nesting:
    closes = {")": "(", "]": "[", "}": "{", "until": "repeat"}
    found, stack = Nesting(), []
    for place, token in enumerate(tokens):
        word = token.text if token.kind in ("keyword", "other") else ""
        if word in ("(", "[", "{", "function", "do", "if", "repeat"):
            stack.append((word, place))
        inside = [opened for opened, _ in stack]
        if "{" in inside and "function" not in inside:
            found.literal += 1
        if word in closes or word == "end":
            fits = ("function", "do", "if") if word == "end" else (closes[word],)
            if not stack or stack[-1][0] not in fits:
                found.broken = True
                continue
            opened, start = stack.pop()
            if opened == "function" and "function" not in [other for other, _ in stack]:
                found.functions.append((start, place))
    found.broken = found.broken or bool(stack)
    return found


def references(tokens: list[Token], names: list[str], first_letter: bool) -> set[tuple[str, str]]:
    found = set()
    for place, token in enumerate(tokens):
        if token.kind != "string" or ":" not in token.text:
            continue
        before = [each.text if each.kind != "string" else "" for each in tokens[:place]]
        after = [each.text for each in tokens[place + 1 : place + 2] if each.kind != "string"]
        if before[-1:] == [".."] or after == [".."]:
            continue
        namespace, title = token.text[1:].split(":", 1)
        namespace = " ".join(namespace.replace("_", " ").split(" ")).strip().lower()
        if namespace not in [name.replace("_", " ").lower() for name in ["Module", *names]]:
            continue
        if any(bad in token.text for bad in "#<>[]|{}"):
            continue
        title = unicodedata.normalize("NFC", title.replace(" ", "_")).strip("_")
        while "__" in title:
            title = title.replace("__", "_")
        if not title:
            continue
        if first_letter:
            title = title[0].upper() + title[1:]
        if before[-1:] == ["("]:
            before.pop()
        caller = before[-1] if before else ""
        loads = caller in ("require", "loadData", "loadJsonData")
        found.add((caller if loads else "mention", title))
    return found


def functions(tokens: list[Token], nesting: Nesting, least: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for start, end in nesting.functions:
        opening = [place for place in range(start, end) if tokens[place].text == "("]
        if not opening or end - opening[0] + 1 < least:
            continue
        own = tokens[opening[0] : end + 1]
        names = [each.text for each in tokens[start : opening[0]] if each.kind == "name"]
        if not names and start > 1 and tokens[start - 1].text == "=":
            names = [tokens[start - 2].text] if tokens[start - 2].kind == "name" else []
        rows.append(
            {
                "ordinal": len(rows) + 1,
                "name": names[-1] if names else "",
                "line": tokens[start].line,
                "tokens": len(own),
                "code_hash": digest([each.text for each in own]),
                "shape": digest([each.structure for each in own]),
            }
        )
    return rows


def analyse(
    text: str,
    is_redirect: bool = False,
    names: list[str] | None = None,
    first_letter: bool = True,
    least: int = 50,
) -> dict[str, Any]:
    """The columns that come from a text, by name."""
    tokens = lex(text)
    nesting = nest(tokens)
    refers = references(tokens, names or [], first_letter)
    keyword_functions = sum(each.kind == "keyword" and each.text == "function" for each in tokens)
    calls = 0
    for one, two in itertools.pairwise(tokens):
        caller = one.kind == "name" or (one.kind == "other" and one.text in (")", "]"))
        calls += caller and (two.kind == "string" or two.text in ("(", "{"))
    if not tokens:
        kind = "empty"
    elif is_redirect or (not keyword_functions and len(tokens) < 30 and refers):
        kind = "alias"
    elif not keyword_functions and 20 * calls <= len(tokens):
        kind = "data"
    else:
        kind = "code"
    share = nesting.literal / len(tokens) if tokens else 0.0
    written = [each.text for each in tokens]
    structure = [each.structure for each in tokens]
    by_text = kind == "data" or share >= 0.8
    values = shingles(written if by_text else structure)
    compared = kind in ("code", "data")
    return {
        "kind": kind,
        "tokens": len(tokens),
        "functions": keyword_functions,
        "literal_share": share,
        "compared_by": "text" if by_text else "structure",
        "shingles": len(values),
        "text_hash": hashlib.sha256(text.encode("utf-8")).hexdigest()[:32],
        "code_hash": digest(written),
        "shape": digest(written if by_text or len(values) < 40 else structure),
        "is_broken": nesting.broken,
        "sketch": sorted(values)[:512] if compared else None,
        "band_keys": bands(values) if compared else None,
        "own_functions": functions(tokens, nesting, least),
        "own_references": [{"kind": kind, "title": title} for kind, title in sorted(refers)],
    }


def bands(values: set[int]) -> list[int]:
    if len(values) < 40:
        return []
    h = []
    for p in range(192):
        a, b = mix((2 * p + 1 + M) % WORD) | 1, mix((2 * p + 2 + M) % WORD)
        h.append(min((a * v + b) % WORD for v in values))
    keys = []
    for b in range(64):
        x = b
        for p in (3 * b, 3 * b + 1, 3 * b + 2):
            x = mix((x * M + h[p]) % WORD)
        keys.append(x >> 1)
    return keys


@dataclass
class Shape:
    shape: str
    compared_by: str
    values: set[int]
    wikis: int
    modules: int
    keys: list[int]  # those of the bands
    labels: set[str] = field(default_factory=set)

    @property
    def order(self) -> tuple[Any, ...]:
        return -self.wikis, -self.modules, -len(self.values), self.shape


def candidates(shapes: list[Shape], heads: int = 50) -> set[tuple[str, str]]:
    buckets: dict[Any, list[Shape]] = {}
    for each in sorted(shapes, key=lambda each: each.order):
        for band, key in enumerate(each.keys):
            buckets.setdefault((each.compared_by, band, key), []).append(each)
    return {
        (early.shape, late.shape)
        for bucket in buckets.values()
        for place, early in enumerate(bucket[:heads])
        for late in bucket[place + 1 :]
    }


def compare(a: Shape, b: Shape) -> tuple[float, float, float] | None:
    """Similarity, a in b, b in a; None where they have nothing in common."""
    sketches = [sorted(each.values)[:512] for each in (a, b)]
    limits = [
        sketch[-1] for sketch, each in zip(sketches, (a, b), strict=True) if len(each.values) > 512
    ]
    of_a, of_b = ({v for v in sketch if not limits or v <= min(limits)} for sketch in sketches)
    common = len(of_a & of_b)
    if not common:
        return None
    return common / len(of_a | of_b), common / len(of_a), common / len(of_b)


def similar(shapes: list[Shape], heads: int = 50) -> set[tuple[Any, ...]]:
    by_shape = {each.shape: each for each in shapes}
    found = set()
    for pair in candidates(shapes, heads):
        a, b = (by_shape[shape] for shape in sorted(pair))
        likeness = compare(a, b)
        if likeness and likeness[0] >= (0.3 if a.compared_by == "structure" else 0.5):
            akin = likeness[0] >= 0.5 or bool(a.labels & b.labels)
            found.add((a.shape, b.shape, *likeness, akin))
    return found


def families(shapes: list[Shape], pairs: set[tuple[Any, ...]]) -> dict[str, tuple[str, float]]:
    """The centre of each shape, and how similar the shape is to it."""
    akin: dict[tuple[str, str], float] = {}
    for a, b, similarity, _, _, is_akin in pairs:
        if is_akin:
            akin[a, b] = akin[b, a] = similarity
    ordered = [each.shape for each in sorted(shapes, key=lambda each: each.order)]
    centres: list[str] = []
    taken: set[str] = set()
    for shape in ordered:
        if shape not in taken:
            centres.append(shape)
            taken |= {other for other in ordered if (shape, other) in akin} | {shape}
    found = {centre: (centre, 1.0) for centre in centres}
    for shape in set(ordered) - set(centres):
        near = [
            (-akin[shape, centre], place, centre)
            for place, centre in enumerate(centres)
            if (shape, centre) in akin
        ]
        likeness, _, centre = min(near)
        found[shape] = centre, -likeness
    return found
