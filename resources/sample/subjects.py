"""What the made-up world is about: its subjects, their kinds, their items and how they are called.

A subject is one Wikidata item. Subjects are in order of fame: the first are known on most wikis.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.sample.columns import (
    Column,
    Ints,
    Mask,
    choose,
    digits,
    either,
    join,
    log_uniform,
    pick,
    stream,
)
from resources.sample.names import SYLLABLES, Language, codas, syllables

PERSON, PLACE, SPECIES, WORK, ORGANISATION, EVENT, LIST, DISAMBIGUATION, YEAR, NAME = range(10)
SHARES = (0.30, 0.30, 0.14, 0.10, 0.06, 0.03, 0.02, 0.02, 0.01, 0.02)
CLASSES = (5, 486972, 16521, 11424, 43229, 1190554, 13406463, 4167410, 577, 101352)
EXCLUDED_VARIANTS = {
    YEAR: (577, 577, 3186692, 29964144, 14795564, 3311614, 21199, 28920044, 28920052),
    NAME: (101352, 202444, 12308941, 11879590, 3409032, 82799),
    DISAMBIGUATION: (4167410, 4167410, 22808320, 66480449),
}
SUBCLASS_OF = {
    # Disambiguations of human names, which only their class says are disambiguations.
    22808320: 4167410,
    66480449: 22808320,
    12308941: 202444,
    11879590: 202444,
    3409032: 202444,
    202444: 82799,
    # As people write it now and then: a class that is below itself, and two below each other.
    486972: 486972,
    43229: 1190554,
    1190554: 43229,
}
"""P279 of classes."""
LAST_YEAR = 2100
FIRST_ITEM = 20_000

BEFORE = ("", "O'", "São_", '"', "'", "¿", "Nova_")
BETWEEN = ("", "_", ",_", "_(", "_d'", "-", "_&_", "_–_", ':_"', "_\\_", "_/_")
AFTER = ("", ")", '"', "!", "?", "'", "_(1984)", "._II")


@dataclass(frozen=True)
class Names:
    """Names as codes, to be written in any script. All arrays have one row a name.

    ``letters`` are eight codes: three syllables and an ending for each of two words.
    """

    letters: NDArray[np.uint8]
    before: NDArray[np.uint8]
    between: NDArray[np.uint8]
    after: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.letters)

    def written(self, script: str, rows: NDArray[Any] | slice = slice(None)) -> Column:
        """The names of these rows in a script, words joined by underscores."""
        letters = self.letters[rows]
        small, ends = syllables(script), codas(script)
        return join(
            choose(BEFORE, self.before[rows]),
            *(pick(small, letters[:, j]) for j in range(3)),
            pick(ends, letters[:, 3]),
            choose(BETWEEN, self.between[rows]),
            *(pick(small, letters[:, j]) for j in range(4, 7)),
            pick(ends, letters[:, 7]),
            choose(AFTER, self.after[rows]),
        )


def made_names(generator: np.random.Generator, kinds: NDArray[Any]) -> Names:
    """A name for each subject of these kinds; common words come again and again."""
    count = len(kinds)
    letters = np.zeros((count, 8), dtype=np.uint8)
    for word in (0, 4):
        drawn = generator.integers(0, SYLLABLES, (count, 3), dtype=np.uint8)
        letters[:, word : word + 3] = 1 + drawn
        letters[:, word] += SYLLABLES
        short = generator.random(count) < 0.3
        letters[short, word + 2] = 0
        letters[:, word + 3] = generator.integers(0, 5, count, dtype=np.uint8)
    _use_common_words(generator, letters, kinds)
    between = np.ones(count, dtype=np.uint8)
    luck = generator.random(count)
    rare = generator.integers(2, len(BETWEEN), count, dtype=np.uint8)
    between[luck < 0.06] = rare[luck < 0.06]
    single = np.isin(kinds, (PLACE, NAME, DISAMBIGUATION)) & (luck > 0.35)
    between[(kinds == PLACE) & ~single] = 2
    between[(kinds == PLACE) & (luck < 0.1)] = 3
    letters[single, 4:] = 0
    between[single] = 0
    species = kinds == SPECIES
    letters[species, 4] -= SYLLABLES
    between[species] = 1
    before = np.where(generator.random(count) < 0.03, generator.integers(1, 7, count), 0)
    after = np.where(generator.random(count) < 0.02, generator.integers(2, 8, count), 0)
    after = np.where(between == BETWEEN.index("_("), AFTER.index(")"), after)
    after = np.where(between == BETWEEN.index(':_"'), AFTER.index('"'), after)
    return Names(letters, before.astype(np.uint8), between, after.astype(np.uint8))


def _use_common_words(
    generator: np.random.Generator, letters: NDArray[np.uint8], kinds: NDArray[Any]
) -> None:
    """First names of persons, regions of places and genera of species are few."""
    for kind, word, size in ((PERSON, 0, 300), (PLACE, 4, 120), (SPECIES, 0, 2000)):
        rows = np.flatnonzero(kinds == kind)
        lexicon = np.concatenate(
            [
                1 + SYLLABLES + generator.integers(0, SYLLABLES, (size, 1)),
                1 + generator.integers(0, SYLLABLES, (size, 2)),
                generator.integers(0, 5, (size, 1)),
            ],
            axis=1,
        )
        letters[rows, word : word + 4] = lexicon[log_uniform(generator, len(rows), size, 20.0)]


@dataclass(frozen=True)
class Subjects:
    """All subjects, the most famous first; arrays have one row a subject.

    ``files`` is how many Commons files show it, ``first_file`` the first of them (one longer);
    ``years`` the number of a year or 0; ``classes`` the item of P31 or 0 for none.
    """

    kinds: NDArray[np.uint8]
    names: Names
    years: Ints
    classes: Ints
    items: Ints
    files: Ints
    first_file: Ints
    own_category: Mask

    def __len__(self) -> int:
        return len(self.kinds)

    def titles(self, language: Language, rows: NDArray[Any] | slice = slice(None)) -> Column:
        """What each subject's article is called on a wiki; not yet distinct."""
        kinds = self.kinds[rows]
        named = self.names.written(language.script, rows)
        years = self.years[rows]
        before, after = language.year.split("{}")
        numbered = join(before.encode(), digits(years), after.encode())
        whole = either(years > 0, numbered, named)
        prefix = choose(("", language.list_of), (kinds == LIST).astype(np.uint8))
        suffix = choose(
            ("", f"_({language.disambiguation})"), (kinds == DISAMBIGUATION).astype(np.uint8)
        )
        return join(prefix, whole, suffix)


def make_subjects(seed: int, count: int) -> Subjects:
    """The subjects of the world of this seed."""
    generator = stream(seed, "subjects")
    bounds = np.cumsum(SHARES)
    kinds = np.searchsorted(bounds, generator.random(count) * bounds[-1], side="right")
    kinds = np.minimum(kinds, NAME).astype(np.uint8)
    years = np.zeros(count, dtype=np.int64)
    dated = np.flatnonzero(kinds == YEAR)
    kinds[dated[LAST_YEAR:]] = NAME
    dated = dated[:LAST_YEAR]
    years[dated] = 1 + generator.permutation(LAST_YEAR)[: len(dated)]
    files = _files_of_subjects(generator, kinds)
    return Subjects(
        kinds=kinds,
        names=made_names(generator, kinds),
        years=years,
        classes=_classes(generator, kinds),
        items=_item_numbers(generator, count),
        files=files,
        first_file=np.concatenate([[0], np.cumsum(files)]),
        own_category=(files > 0) & (generator.random(count) < 0.6),
    )


def _files_of_subjects(generator: np.random.Generator, kinds: NDArray[Any]) -> Ints:
    """Most subjects have no picture, a few have hundreds; the famous have more."""
    count = len(kinds)
    fame = np.linspace(0.64, 0.28, count)
    some = generator.random(count) < fame
    some &= ~np.isin(kinds, (LIST, DISAMBIGUATION)) | (generator.random(count) < 0.1)
    many = np.floor((1.0 - generator.random(count)) ** -0.68)
    return np.where(some, np.minimum(many, 400), 0).astype(np.int64)


def _classes(generator: np.random.Generator, kinds: NDArray[Any]) -> Ints:
    classes = np.array(CLASSES)[kinds]
    for kind, variants in EXCLUDED_VARIANTS.items():
        rows = np.flatnonzero(kinds == kind)
        classes[rows] = np.array(variants)[generator.integers(0, len(variants), len(rows))]
    lost = (generator.random(len(kinds)) < 0.05) & (kinds <= EVENT)
    classes[lost] = 0
    return classes


def _item_numbers(generator: np.random.Generator, count: int) -> Ints:
    """Distinct item numbers with gaps, apart from those of the classes, in no order of fame."""
    taken = {*CLASSES, *(item for variants in EXCLUDED_VARIANTS.values() for item in variants)}
    numbers = FIRST_ITEM + np.cumsum(generator.integers(1, 12, count + len(taken)))
    free = numbers[~np.isin(numbers, list(taken))][:count]
    return generator.permutation(free)
