"""All that is computed of the text of a module, in one pass over record batches.

Nothing is known of other modules, so that any process may do any batch: those of this machine, or
Spark's by `mapInArrow`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from module_assets.catalog.code import COMPARED
from module_assets.code.blocks import blocks_of
from module_assets.code.hashes import digest, shingles
from module_assets.code.references import ModuleNamespace, references_of
from module_assets.code.sketches import LEAST_SHINGLES, band_keys, sketch_of
from module_assets.code.tokens import Trait, Vocabulary, pieces_of
from resources.sources.names import with_capital

EMPTY, ALIAS, DATA, CODE = "empty", "alias", "data", "code"
TEXT, STRUCTURE = "text", "structure"
ALIAS_TOKENS = 30
DATA_TOKENS_A_CALL = 20
LITERAL_SHARE = 0.8
FUNCTION_TOKENS = 50
"""From how many tokens on a function counts."""

FUNCTION = pa.struct(
    [
        pa.field("ordinal", pa.int64()),
        pa.field("name", pa.string()),
        pa.field("line", pa.int64()),
        pa.field("tokens", pa.int64()),
        pa.field("code_hash", pa.string()),
        pa.field("shape", pa.string()),
    ]
)
REFERENCE = pa.struct([pa.field("kind", pa.string()), pa.field("title", pa.string())])
ANALYSED = pa.schema(
    [
        ("wiki_db", pa.string()),
        ("page_id", pa.int64()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("tokens", pa.int64()),
        ("functions", pa.int64()),
        ("literal_share", pa.float64()),
        ("compared_by", pa.string()),
        ("shingles", pa.int64()),
        ("text_hash", pa.string()),
        ("code_hash", pa.string()),
        ("shape", pa.string()),
        ("is_broken", pa.bool_()),
        ("sketch", pa.list_(pa.int64())),
        ("band_keys", pa.list_(pa.int64())),
        ("own_functions", pa.list_(FUNCTION)),
        ("own_references", pa.list_(REFERENCE)),
    ]
)
"""One row a module. Sketch and band keys are those of its shape, where that is compared."""


def analyse(
    batches: Iterable[pa.RecordBatch],
    namespaces: Mapping[str, ModuleNamespace],
    function_tokens: int = FUNCTION_TOKENS,
    vocabulary: Vocabulary | None = None,
) -> Iterator[pa.RecordBatch]:
    """Analyse modules (wiki_db, page_id, title, text, is_redirect): batches of ANALYSED.

    ``namespaces`` are those of the wikis; one that is not in it knows `Module` alone. Whoever calls
    this more than once gives the ``vocabulary``, so that words are looked at once in all calls.
    """
    unknown = ModuleNamespace()
    vocabulary = Vocabulary() if vocabulary is None else vocabulary
    for batch in batches:
        rows = []
        for module in batch.to_pylist():
            namespace = namespaces.get(module["wiki_db"], unknown)
            code = Code(module["text"], vocabulary)
            rows.append(
                {
                    "wiki_db": module["wiki_db"],
                    "page_id": module["page_id"],
                    "name": with_capital(module["title"]),
                    **code.facts(module["is_redirect"], namespace, function_tokens),
                }
            )
        yield pa.RecordBatch.from_pylist(rows, ANALYSED)


class Code:
    """The tokens of one text. Good until the vocabulary is asked for the numbers of another."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.pieces = pieces_of(text)
        numbers = vocabulary.numbers(self.pieces)
        self.places = np.flatnonzero(numbers)
        numbers = numbers[self.places]
        self.traits = vocabulary.traits[numbers]
        self.hashes = vocabulary.hashes[numbers]
        self.structure_hashes = vocabulary.structure_hashes[numbers]
        listed = numbers.tolist()
        self.tokens = list(map(vocabulary.tokens.__getitem__, listed))
        self.structure = list(map(vocabulary.structures.__getitem__, listed))
        places = self._having(Trait.BLOCK)
        self.blocks = blocks_of([self.tokens[place] for place in places], places, len(listed))

    def facts(
        self, is_redirect: bool, namespace: ModuleNamespace, function_tokens: int
    ) -> dict[str, Any]:
        """Give the columns of ANALYSED that come from the text."""
        count, blocks = len(self.tokens), self.blocks
        references = references_of(self.tokens, self._having(Trait.TITLED), namespace)
        functions = self.tokens.count("function")
        share = blocks.literal_tokens / count if count else 0.0
        kind = self._kind(functions, is_redirect, bool(references))
        by_text = kind == DATA or share >= LITERAL_SHARE
        found = shingles(self.hashes if by_text else self.structure_hashes)
        code_hash = digest(self.tokens)
        by_structure = not by_text and len(found) >= LEAST_SHINGLES
        compared = kind in COMPARED
        return {
            "kind": kind,
            "tokens": count,
            "functions": functions,
            "literal_share": share,
            "compared_by": TEXT if by_text else STRUCTURE,
            "shingles": len(found),
            "text_hash": digest([self.text]),
            "code_hash": code_hash,
            "shape": digest(self.structure) if by_structure else code_hash,
            "is_broken": blocks.is_broken,
            "sketch": sketch_of(found).astype(np.int64) if compared else None,
            "band_keys": band_keys(found).astype(np.int64) if compared else None,
            "own_functions": self._functions(blocks.functions, function_tokens),
            "own_references": [{"kind": kind, "title": title} for kind, title in references],
        }

    def _having(self, trait: int) -> list[int]:
        """List the places of tokens that have a trait."""
        places: list[int] = np.flatnonzero(self.traits & trait).tolist()
        return places

    def _kind(self, functions: int, is_redirect: bool, refers: bool) -> str:
        count = len(self.tokens)
        if not count:
            return EMPTY
        if is_redirect or (not functions and count < ALIAS_TOKENS and refers):
            return ALIAS
        called, callers = self.traits[1:] & Trait.CALLED, self.traits[:-1] & Trait.CALLER
        calls = np.count_nonzero((called > 0) & (callers > 0))
        return DATA if not functions and DATA_TOKENS_A_CALL * calls <= count else CODE

    def _functions(self, bounds: list[tuple[int, int]], least: int) -> list[dict[str, Any]]:
        """Give rows of FUNCTION. Ordinals and lines count from 1; a function that has lost the `(`
        of its parameters is none.
        """
        rows: list[dict[str, Any]] = []
        line, counted = 1, 0
        for start, end in bounds:
            if "(" not in self.tokens[start:end]:
                continue
            parameters = self.tokens.index("(", start)
            if end + 1 - parameters < least:
                continue
            piece = self.places[start]
            line += "".join(self.pieces[counted:piece]).count("\n")
            counted = piece
            rows.append(
                {
                    "ordinal": len(rows) + 1,
                    "name": self._function_name(start, parameters),
                    "line": line,
                    "tokens": end + 1 - parameters,
                    "code_hash": digest(self.tokens[parameters : end + 1]),
                    "shape": digest(self.structure[parameters : end + 1]),
                }
            )
        return rows

    def _function_name(self, start: int, parameters: int) -> str:
        """Give the last name before the parameters, else the one before `=`."""
        names = [place for place in range(start, parameters) if self.traits[place] & Trait.NAME]
        if names:
            return self.tokens[names[-1]]
        if start >= 2 and self.tokens[start - 1] == "=" and self.traits[start - 2] & Trait.NAME:
            return self.tokens[start - 2]
        return ""
