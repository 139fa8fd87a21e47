"""Who links to what on a wiki: page links and image links, drawn in chunks of pages.

A chunk gives the same links in every week but for the few that come and go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.sample.columns import Ints, Mask, distinct, log_uniform, stream
from resources.sample.commons import ICONS, Commons
from resources.sample.plan import Plan
from resources.sample.subjects import Subjects
from resources.sample.wiki import Wiki

CHUNK = 12_000
CHURN = 0.002
LOST = 0.002
OWN_PICTURES = 4


@dataclass(frozen=True)
class Links:
    """Links of a chunk of pages, by page: ``sources`` are pages, ``targets`` target codes.

    ``lost`` marks links whose target id has no row in linktarget.
    """

    sources: Ints
    targets: Ints
    lost: Mask


@dataclass(frozen=True)
class Pictures:
    """Image links of a chunk of pages; ``files`` are file codes (target code - first_file).

    ``leads`` has one row a page of ``pages``: the file code of the lead image, or -1.
    """

    pages: Ints
    sources: Ints
    files: Ints
    leads: Ints


def page_links(plan: Plan, wiki: Wiki, week: int) -> Iterator[Links]:
    """All page links of the wiki in a week, in the order of page ids."""
    alive = wiki.alive(week)
    for number, pages in enumerate(_chunks(wiki)):
        generator = stream(plan.seed, "page links", wiki.name, number)
        degrees = _degrees(generator, wiki, pages, plan.links_per_article)
        sources = np.repeat(pages, degrees)
        targets = _targets(generator, wiki, len(sources))
        redirect = (sources >= wiki.articles) & (sources < wiki.first_red)
        targets[redirect] = wiki.redirects_to[sources[redirect] - wiki.articles]
        keys = np.repeat(np.arange(len(pages)), degrees) * np.int64(wiki.targets) + targets
        keys = distinct(keys)
        sources, targets = pages[keys // wiki.targets], keys % wiki.targets
        whole = sources * np.int64(wiki.targets) + targets
        kept = alive[sources] & plan.lasting(whole, CHURN, week)
        lost = _luck(whole) < LOST
        yield Links(sources[kept], targets[kept], lost[kept])


def _chunks(wiki: Wiki) -> Iterator[Ints]:
    for start in range(0, wiki.pages, CHUNK):
        yield wiki.by_id[start : start + CHUNK]


def _luck(keys: Ints) -> NDArray[np.float64]:
    mixed = keys.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


def _degrees(generator: np.random.Generator, wiki: Wiki, pages: Ints, mean: float) -> Ints:
    """Links a page has: many pages few, few pages many; redirects one, other pages some."""
    heavy = np.minimum(0.29 * (1.0 - generator.random(len(pages))) ** -0.75, 80.0)
    degrees = np.floor(mean * heavy + generator.random(len(pages))).astype(np.int64)
    degrees = np.where(pages >= wiki.articles, 1, degrees)
    other = pages >= wiki.first_red
    return np.where(other, generator.integers(0, 6, len(pages)), degrees)


def _targets(generator: np.random.Generator, wiki: Wiki, count: int) -> Ints:
    """Target codes: mostly articles by fame, some redirects, red links and other pages."""
    luck = generator.random(count)
    targets = log_uniform(generator, count, wiki.articles, 12.0)
    for low, high, first, size in (
        (0.88, 0.92, wiki.articles, len(wiki.redirects_to)),
        (0.92, 0.98, wiki.first_red, len(wiki.red_titles)),
        (0.98, 1.00, wiki.first_other, len(wiki.other_namespaces)),
    ):
        rows = np.flatnonzero((luck >= low) & (luck < high))
        targets[rows] = first + log_uniform(generator, len(rows), size, 12.0)
    return targets


def image_links(
    plan: Plan, wiki: Wiki, subjects: Subjects, commons: Commons, week: int
) -> Iterator[Pictures]:
    """All image links of the wiki in a week, in the order of page ids, and the lead images."""
    alive = wiki.alive(week)
    for number, pages in enumerate(_chunks(wiki)):
        generator = stream(plan.seed, "image links", wiki.name, number)
        article = pages < wiki.articles
        places = np.where(article, pages, 0)
        pictured = article & (wiki.pictured_from[places] <= week)
        own, own_files, leads = _pictures(generator, wiki, subjects, commons, pages, article)
        shown = pictured[own]
        icon, icon_files = _icons(generator, wiki, commons, plan.icons_per_article, pages, article)
        extra, extra_files = _oddities(generator, wiki, commons, pages, pictured)
        rows = np.concatenate([own[shown], icon, extra])
        files = np.concatenate([own_files[shown], icon_files, extra_files])
        size = wiki.targets - wiki.first_file
        keys = distinct(rows * np.int64(size) + files)
        rows, files = keys // size, keys % size
        whole = pages[rows] * np.int64(size) + files
        kept = alive[pages[rows]] & (
            plan.lasting(whole, CHURN, week) | (files == np.maximum(leads, -1)[rows])
        )
        leads = np.where(pictured & alive[pages], leads, -1)
        yield Pictures(pages, pages[rows[kept]], files[kept], leads)


def _pictures(
    generator: np.random.Generator,
    wiki: Wiki,
    subjects: Subjects,
    commons: Commons,
    pages: Ints,
    article: Mask,
) -> tuple[Ints, Ints, Ints]:
    """(row, file) of the pictures each article has once it is illustrated, and its lead image."""
    count = len(pages)
    wanted = 1 + np.minimum((1.0 - generator.random(count)) ** -0.8, 18).astype(np.int64)
    wanted = np.where(article, wanted, 0)
    items = np.where(article, wiki.items[np.where(article, pages, 0)], -1)
    available = np.where(items >= 0, subjects.files[np.maximum(items, 0)], 0)
    first = subjects.first_file[np.maximum(items, 0)]
    shift = np.minimum(generator.random(count), generator.random(count)) * available
    rows = np.repeat(np.arange(count), wanted)
    ranks = np.arange(len(rows)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    size = max(1, commons.first_icon)
    anywhere = np.where(
        generator.random(len(rows)) < 0.85,
        generator.integers(0, size, len(rows)),
        log_uniform(generator, len(rows), size, 150.0),
    )
    own = ranks < np.minimum(available, OWN_PICTURES)[rows]
    step = np.maximum(available, 1)[rows]
    files = np.where(own, first[rows] + (shift.astype(np.int64)[rows] + ranks) % step, anywhere)
    leads = np.full(count, -1, dtype=np.int64)
    leads[rows[ranks == 0]] = files[ranks == 0]
    leads[generator.random(count) < 0.04] = -1
    return rows, files, leads


def _icons(
    generator: np.random.Generator,
    wiki: Wiki,
    commons: Commons,
    mean: float,
    pages: Ints,
    article: Mask,
) -> tuple[Ints, Ints]:
    """(row, file) of the icons that templates put on articles and other pages."""
    drawn = np.floor(generator.random(len(pages)) * (2 * mean + 1)).astype(np.int64)
    drawn = np.where(article, drawn, np.minimum(drawn, 1))
    drawn[generator.random(len(pages)) < 0.15] = 0
    rows = np.repeat(np.arange(len(pages)), drawn)
    # A small wiki has few templates, so that its icons too are on many of its articles.
    size = min(ICONS, max(4, wiki.articles // 10))
    return rows, commons.first_icon + log_uniform(generator, len(rows), size, 6.0)


def _oddities(
    generator: np.random.Generator, wiki: Wiki, commons: Commons, pages: Ints, pictured: Mask
) -> tuple[Ints, Ints]:
    """(row, file) of links to placeholders, to the wiki's own files and to files nowhere."""
    placeholders = commons.first_shared - commons.first_placeholder
    sources = [
        (0.03, ~pictured, commons.first_placeholder, placeholders),
        (0.015, np.ones(len(pages), dtype=bool), len(commons), len(wiki.local_names)),
        (
            0.02,
            np.ones(len(pages), dtype=bool),
            len(commons) + len(wiki.local_names),
            len(wiki.missing_names),
        ),
    ]
    rows: list[NDArray[Any]] = []
    files: list[NDArray[Any]] = []
    for share, among, first, size in sources:
        hit = np.flatnonzero(among & (generator.random(len(pages)) < share))
        if size:
            rows.append(hit)
            files.append(first + generator.integers(0, size, len(hit)))
    if len(wiki.hiding):
        hit = np.flatnonzero(generator.random(len(pages)) < 0.01)
        rows.append(hit)
        files.append(wiki.hiding[generator.integers(0, len(wiki.hiding), len(hit))])
    return np.concatenate(rows), np.concatenate(files)
