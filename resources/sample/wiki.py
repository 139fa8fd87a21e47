"""One wiki of the made-up world: its pages, its own files, and what its link targets are called."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.sample.columns import (
    Column,
    Ints,
    Mask,
    concatenate,
    digits,
    distinct,
    either,
    join,
    pick,
    repeats,
    replace,
    stream,
    texts,
)
from resources.sample.commons import RENAMED_PREFIX, Commons, renamed_files
from resources.sample.names import Language
from resources.sample.plan import NEVER, Plan
from resources.sample.subjects import PLACE, Subjects, made_names

# Titles that a careless reader takes for syntax, for NULL or for a number.
HARD_TITLES = (
    "A),(B", "'),(NULL,0,'", "NULL", "0", "-1", "1e5", "0x1F", "NaN", "True", "\\", "\\\\'",
    "\\n", "C:\\new_folder\\'0", '"Heroes"', "It's_\"quoted\"", "Ends_with_backslash\\", ");",
    "INSERT_INTO_`page`_VALUES_(1)", "--", "/*!40000_*/", "100%", "Q42", "É", "👩‍🚀_emoji", "ß",
    "A,B,(C)", "Ⅷ", "Semicolon;", "''Italic''", "AT&T", "X" * 250,
)  # fmt: skip
NAMESPACES = (1, 2, 3, 4, 8, 10, 14, 828)
MISSING_NAMES = ("Deleted_{}.jpg", "Wanted_{}.png", "Renamed_{}_(old).JPG", "Gone_{}.svg")
SCATTER = 1_000_003


@dataclass(frozen=True)
class Wiki:
    """A target wiki with all pages it ever has: articles, then redirects, then other pages.

    ``items`` has one row an article: its subject, or -1. ``pictured_from`` is the week in which
    the article is illustrated first. ``redirects_to`` is the article of each redirect. Link
    targets are codes: articles, redirects, red links, pages of other namespaces, then files
    (those of Commons, the wiki's own, and those that are nowhere).
    """

    language: Language
    index: int
    items: Ints
    redirects_to: Ints
    other_namespaces: Ints
    titles: Column
    red_titles: Column
    page_ids: Ints
    born: Ints
    died: Ints
    pictured_from: Ints
    local_names: Column
    hiding: Ints
    missing_names: Column
    commons_files: int

    @property
    def name(self) -> str:
        """The database name."""
        return self.language.wiki

    @property
    def articles(self) -> int:
        """Articles there ever are."""
        return len(self.items)

    @property
    def pages(self) -> int:
        """Pages of all namespaces there ever are."""
        return len(self.page_ids)

    @cached_property
    def namespaces(self) -> Ints:
        """The namespace of each page."""
        main = np.zeros(self.articles + len(self.redirects_to), dtype=np.int64)
        return np.concatenate([main, self.other_namespaces])

    @cached_property
    def by_id(self) -> Ints:
        """The pages in the order of their ids, as dumps have them."""
        return np.argsort(self.page_ids)

    @property
    def first_red(self) -> int:
        """The target code of the first red link."""
        return self.articles + len(self.redirects_to)

    @property
    def first_other(self) -> int:
        """The target code of the first page outside the article namespace."""
        return self.first_red + len(self.red_titles)

    @property
    def first_file(self) -> int:
        """The target code of the first Commons file."""
        return self.first_other + len(self.other_namespaces)

    @property
    def targets(self) -> int:
        """How many target codes there are."""
        return (
            self.first_file + self.commons_files + len(self.local_names) + len(self.missing_names)
        )

    def alive(self, week: int) -> Mask:
        """The pages that are there in a week."""
        return (self.born <= week) & (week < self.died)

    @cached_property
    def target_titles(self) -> Column:
        """Titles of all page target codes (not of the files)."""
        main = self.titles.slice(0, self.first_red)
        return concatenate([main, self.red_titles, self.titles.slice(self.first_red)])

    @cached_property
    def target_namespaces(self) -> Ints:
        """Namespaces of all page target codes (not of the files)."""
        main = np.zeros(self.first_other, dtype=np.int64)
        return np.concatenate([main, self.other_namespaces])

    def target_ids(self, codes: NDArray[Any]) -> Ints:
        """The lt_id of each target code, scattered as in a table that grew for years."""
        return 1 + (codes.astype(np.int64) * SCATTER) % self._most_targets

    def lost_target_ids(self, codes: NDArray[Any]) -> Ints:
        """Ids above all others, for links whose target has no row."""
        return self._most_targets + 10 + codes.astype(np.int64)

    @cached_property
    def _most_targets(self) -> int:
        """Above the number of targets, with no common divisor with SCATTER, so ids differ."""
        most = (1 << 20) * (2 + self.targets // (1 << 20))
        return most + 1 if most % SCATTER == 0 else most


def make_wiki(
    plan: Plan, language: Language, index: int, articles: int, subjects: Subjects, commons: Commons
) -> Wiki:
    """The wiki with this many articles in the newest snapshot, up to the comings and goings."""
    generator = stream(plan.seed, "wiki", language.wiki)
    items = _items(generator, articles, len(subjects))
    redirects_to = _redirects(generator, articles)
    others = np.array(NAMESPACES)[generator.integers(0, len(NAMESPACES), articles // 4 + 8)]
    titles, red_titles = _titles(generator, language, subjects, items, redirects_to, others)
    main = articles + len(redirects_to)
    born = np.zeros(main + len(others), dtype=np.int64)
    died = np.full(main + len(others), NEVER)
    born[:articles] = plan.appears(f"{language.wiki} articles", articles, 0.004)
    died[:articles] = plan.disappears(f"{language.wiki} articles", articles, 0.0005)
    local_names, hiding = _local_files(generator, language, index, articles, commons)
    missing = [
        MISSING_NAMES[i % len(MISSING_NAMES)].format(f"{language.wiki}_{i}")
        for i in range(4 + articles // 100)
    ]
    return Wiki(
        language=language,
        index=index,
        items=items,
        redirects_to=redirects_to,
        other_namespaces=others,
        titles=titles,
        red_titles=red_titles,
        page_ids=_page_ids(generator, born),
        born=born,
        died=died,
        pictured_from=_pictured_from(plan, language, generator, items, subjects),
        local_names=local_names,
        hiding=hiding,
        missing_names=texts([*missing, *_old_names(index, articles, commons)]),
        commons_files=len(commons),
    )


def _items(generator: np.random.Generator, articles: int, subjects: int) -> Ints:
    """Subjects of the articles: the famous are on most wikis, others here and there."""
    reach = (np.arange(subjects) + 1) * generator.random(subjects)
    chosen = np.sort(np.argpartition(reach, min(articles, subjects) - 1)[:articles])
    items = np.full(articles, -1, dtype=np.int64)
    items[: len(chosen)] = chosen
    items[generator.random(articles) < 0.05] = -1
    return items


def _redirects(generator: np.random.Generator, articles: int) -> Ints:
    return np.sort(generator.integers(0, articles, articles // 4 + 1))


def _titles(
    generator: np.random.Generator,
    language: Language,
    subjects: Subjects,
    items: Ints,
    redirects_to: Ints,
    others: Ints,
) -> tuple[Column, Column]:
    """Titles of all pages, distinct within their namespace, and of the red links."""
    anonymous = made_names(generator, np.full(len(items), PLACE))
    articles = either(
        items >= 0,
        subjects.titles(language, np.maximum(items, 0)),
        anonymous.written(language.script),
    )
    hard = np.linspace(0, len(items) - 1, min(len(HARD_TITLES), len(items) // 4)).astype(np.int64)
    articles = replace(articles, hard, texts(HARD_TITLES[: len(hard)]))
    other_script = "accented" if language.script == "latin" else "latin"
    targets = np.maximum(items[redirects_to], 0)
    redirects = subjects.names.written(other_script, targets)
    red = made_names(generator, generator.integers(0, 4, len(items) // 5 + 5)).written(
        language.script
    )
    main = _distinct(concatenate([articles, redirects, red]))
    first_red = len(articles) + len(redirects)
    numbers = np.arange(len(others))
    same = pick(articles, numbers % len(items))
    talk = (others == 1) & (numbers < len(items))
    other = join(same, either(talk, b"", join(b"/", digits(numbers))))
    return concatenate([main.slice(0, first_red), other]), main.slice(first_red)


def _distinct(names: Column) -> Column:
    again = repeats(names)
    return join(names, either(again > 0, join(b"_(", digits(again + 1), b")"), b""))


def _page_ids(generator: np.random.Generator, born: Ints) -> Ints:
    order = np.lexsort((generator.random(len(born)), born))
    ids = np.empty(len(born), dtype=np.int64)
    ids[order] = 1 + np.cumsum(generator.integers(1, 7, len(born)))
    return ids


def _pictured_from(
    plan: Plan, language: Language, generator: np.random.Generator, items: Ints, subjects: Subjects
) -> Ints:
    """Articles whose subject has files are pictured more often; each week a few more are."""
    shown = (items >= 0) & (subjects.files[np.maximum(items, 0)] > 0)
    weeks = np.where(generator.random(len(items)) < np.where(shown, 0.57, 0.3), 0, NEVER)
    later = plan.appears(f"{language.wiki} pictures", len(items), 0.006)
    return np.where((weeks == NEVER) & (later > 0), later, weeks)


def _old_names(index: int, articles: int, commons: Commons) -> list[bytes]:
    """Names that files of Commons had before, by which a wiki still links them."""
    files = renamed_files(commons)[1 + index :: 7][: 2 + articles // 200]
    return [RENAMED_PREFIX + commons.names[code].as_py() for code in files.tolist()]


def _local_files(
    generator: np.random.Generator, language: Language, index: int, articles: int, commons: Commons
) -> tuple[Column, Ints]:
    """Names of the wiki's own files and the Commons files they hide; every third wiki has none."""
    if index % 3 == 2:
        return texts([]), np.zeros(0, dtype=np.int64)
    count = 3 + articles // 40
    owned = made_names(generator, np.full(count, PLACE)).written(language.script)
    number = digits(np.arange(count))
    names = join(owned, b"_logo_", number, b".png")
    # Here the old name of a file of Commons is a file of the wiki's own.
    names = concatenate([names, texts([RENAMED_PREFIX + commons.names[0].as_py()])])
    hidden = distinct(generator.integers(0, max(1, commons.first_icon), 1 + count // 10))
    return names, hidden[hidden < len(commons)]
