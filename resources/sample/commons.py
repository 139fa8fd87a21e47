"""The files of Commons and their categories: what there is, not yet how a dump writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.sample.columns import (
    Column,
    Floats,
    Ints,
    Mask,
    choose,
    concatenate,
    digits,
    distinct,
    either,
    join,
    log_uniform,
    repeats,
    replace,
    stream,
    texts,
)
from resources.sample.names import LATIN
from resources.sample.plan import Plan
from resources.sample.subjects import PLACE, Subjects, made_names

# Extension, media type, the two halves of the MIME type; how many of 1,000 files are so.
FORMATS = (
    ("jpg", "BITMAP", "image", "jpeg", 620),
    ("JPG", "BITMAP", "image", "jpeg", 120),
    ("jpeg", "BITMAP", "image", "jpeg", 30),
    ("png", "BITMAP", "image", "png", 90),
    ("svg", "DRAWING", "image", "svg+xml", 60),
    ("tif", "BITMAP", "image", "tiff", 15),
    ("gif", "BITMAP", "image", "gif", 10),
    ("webp", "BITMAP", "image", "webp", 5),
    ("ogg", "AUDIO", "application", "ogg", 12),
    ("pdf", "OFFICE", "application", "pdf", 14),
    ("djvu", "BITMAP", "image", "vnd.djvu", 4),
    ("ogv", "VIDEO", "application", "ogg", 5),
    ("webm", "VIDEO", "video", "webm", 10),
    ("stl", "3D", "application", "sla", 2),
    ("mid", "AUDIO", "audio", "midi", 3),
)
BEFORE = (
    "Vista_de_", "Map_of_", "Flag_of_", "Coat_of_arms_of_", "Église_de_", "Façade_of_the_",
    'The_"old"_', "IMG_2019_", "Regions_of_", "Über_", "Großer_", "Señor_", "Locator_map_",
)  # fmt: skip
AFTER = (
    "_(cropped)", "_-_panoramio", "_at_night", ",_view_from_the_south", "_in_1911", "_01",
    "_(façade)", "_by_O'Neill", "_&_family", "_-_Google_Art_Project", "_50%_scale", "!",
)  # fmt: skip
ICON_WORDS = (
    "Commons-logo.svg", "Wikidata-logo.svg", "Question_book-new.svg", "Edit-clear.svg",
    "Disambig_gray.svg", "Crystal_Clear_app_kedit.svg", "Folder_Hexagonal_Icon.svg",
    "Wiktionary-logo.svg", "Padlock-silver.svg", "Red_pog.svg", "Increase2.svg",
    "Decrease2.svg", "Speaker_Icon.svg", "Portal-puzzle.svg", "Stub_W.svg", "Star_full.svg",
    "OOjs_UI_icon_edit-ltr-progressive.svg", "Sound-icon.svg", "Blank_globe.png",
    "Nuvola_apps_kaboodle.svg",
)  # fmt: skip
ICONS = 60
PLACEHOLDERS = (
    "No_free_image_man_(en).svg", "Replace_this_image_female.svg", "Falta_imagem_hoki.svg",
    "Noimage.png", "Image_manquante_2.svg", "Silueta_neutra.png", "Question_mark_person.svg",
    "Foto_folgt.jpg", "Default_avatar.png", "Bez_portreta.svg",
)  # fmt: skip
SHARED_FILES = ("Blue_asteroid_(artist's_view).jpg", "Everything_at_once,_or_nearly.jpg")
RENAMED_PREFIX = b"Old_name_of_"
# Names that a careless reader takes for syntax.
HARD_NAMES = (
    "A),(B.jpg", "'),(NULL,'.png", "Back\\slash\\.jpg", "C:\\new\\0.JPG", "It's_\"it\".svg",
    "NULL.jpg", "0.png", "Ⅷ_%s_{0}.jpg", "👩‍🚀.jpg", "No_break;--.jpg",
)  # fmt: skip
OVERSIZED, PLACEHOLDER_CATEGORY, COLLECTION, EDGE_BELOW, EDGE_AT, EMPTY = range(6)
SPECIAL_CATEGORIES = (
    "Self-published_work", "Image_placeholders", "Asteroids_in_art", "PD-old-100", "CC-BY-SA-4.0",
    "Hidden_\"quoted\"_category_('old')",
)  # fmt: skip
CLAIMED = (12_345_678, 10, 12, 99_999, 100_000, 0)


@dataclass(frozen=True)
class Commons:
    """All files there ever are, first the pictures of subjects, then icons and placeholders.

    Arrays have one row a file; ``subjects`` is -1 where the file shows none, ``formats`` are
    places in FORMATS, ``widths`` pixels. Category codes: special ones, then ``topics`` topics,
    then subjects' own.
    """

    subjects: Ints
    names: Column
    formats: NDArray[np.uint8]
    widths: Ints
    page_ids: Ints
    born: Ints
    died: Ints
    categories: Column
    category_of_subject: Ints
    topics: int

    def __len__(self) -> int:
        return len(self.subjects)

    @property
    def first_icon(self) -> int:
        """The code of the first icon; the pictures are below it."""
        return len(self.subjects) - ICONS - len(PLACEHOLDERS) - len(SHARED_FILES)

    @property
    def first_placeholder(self) -> int:
        """The code of the first placeholder."""
        return self.first_icon + ICONS

    @property
    def first_shared(self) -> int:
        """The code of the first file that belongs to too many items."""
        return self.first_placeholder + len(PLACEHOLDERS)

    def alive(self, week: int) -> Mask:
        """The files that are there in a week."""
        return (self.born <= week) & (week < self.died)


def renamed_files(commons: Commons) -> Ints:
    """The files that had another name before, from which a redirect leads to them."""
    return np.arange(0, len(commons), 33)


def make_commons(plan: Plan, subjects: Subjects) -> Commons:
    """The files of all subjects, and those that every wiki uses."""
    generator = stream(plan.seed, "commons")
    pictures = int(subjects.first_file[-1])
    shown = np.repeat(np.arange(len(subjects)), subjects.files)
    specials = [*_icon_names(), *PLACEHOLDERS, *SHARED_FILES]
    total = pictures + len(specials)
    formats = _formats(generator, pictures)
    made = _picture_names(generator, subjects, shown, formats)
    hard = np.linspace(0, pictures - 1, len(HARD_NAMES)).astype(np.int64)
    if pictures > 10 * len(HARD_NAMES):
        made = replace(made, hard, texts(HARD_NAMES))
        formats[hard] = _formats_of(HARD_NAMES)
    names = concatenate([made, texts(specials)])
    born = plan.appears("files", total, 0.004)
    died = plan.disappears("files", total, 0.002)
    born[pictures:], died[pictures:] = 0, 30_000
    topics = 20 + pictures // 25
    categories, own = _category_names(generator, subjects, topics)
    return Commons(
        subjects=np.concatenate([shown, np.full(len(specials), -1)]),
        names=names,
        formats=np.concatenate([formats, _formats_of(specials)]).astype(np.uint8),
        widths=_widths(generator, total, pictures),
        page_ids=_page_ids(generator, born),
        born=born,
        died=died,
        categories=categories,
        category_of_subject=own,
        topics=topics,
    )


def _icon_names() -> list[str]:
    made = [f"Icon_{number}_of_portal.svg" for number in range(ICONS - len(ICON_WORDS))]
    return [*ICON_WORDS, *made]


def _formats(generator: np.random.Generator, count: int) -> NDArray[Any]:
    weights = np.cumsum([row[4] for row in FORMATS])
    return np.searchsorted(weights, generator.integers(0, weights[-1], count), side="right")


def _formats_of(names: Sequence[str]) -> Ints:
    known = [extension for extension, *_ in FORMATS]
    return np.array([known.index(name.rpartition(".")[2]) for name in names])


def _picture_names(
    generator: np.random.Generator, subjects: Subjects, shown: Ints, formats: NDArray[Any]
) -> Column:
    """File names made of the subject's name, one in ten in another script, all distinct."""
    count = len(shown)
    bare = subjects.names.written("latin", shown)
    scripts = generator.random(count)
    for script, low, high in (
        ("cyrillic", 0.0, 0.04),
        ("arabic", 0.04, 0.05),
        ("georgian", 0.05, 0.06),
        ("kana", 0.06, 0.075),
        ("accented", 0.075, 0.12),
    ):
        rows = np.flatnonzero((scripts >= low) & (scripts < high))
        bare = replace(bare, rows, subjects.names.written(script, shown[rows]))
    before = _sometimes(generator, BEFORE, count, 0.12)
    after = _sometimes(generator, AFTER, count, 0.35)
    numbers = digits(generator.integers(1990, 2026, count))
    middle = either(generator.random(count) < 0.3, join(b"_", numbers), b"")
    endings = choose([f".{extension}" for extension, *_ in FORMATS], formats)
    stems = join(before, bare, middle, after)
    again = repeats(join(stems, endings))
    counter = either(again > 0, join(b"_(", digits(again + 1), b")"), b"")
    return join(stems, counter, endings)


def _sometimes(
    generator: np.random.Generator, values: tuple[str, ...], count: int, share: float
) -> Column:
    codes = generator.integers(1, len(values) + 1, count)
    codes[generator.random(count) >= share] = 0
    return choose(("", *values), codes)


def _widths(generator: np.random.Generator, total: int, pictures: int) -> Ints:
    """Pixels; two in a hundred pictures are tiny, and some exactly at the bound of 100."""
    luck: Floats = generator.random(total)
    widths = (320 * (1.0 - luck) ** -0.9).astype(np.int64)
    tiny = generator.random(total) < 0.02
    widths[tiny] = generator.integers(1, 102, int(tiny.sum()))
    widths[pictures:] = 512
    return np.minimum(widths, 24_000)


def _page_ids(generator: np.random.Generator, born: Ints) -> Ints:
    """Ids with gaps in no order of fame, what is born later above all before."""
    order = np.lexsort((generator.random(len(born)), born))
    ids = np.empty(len(born), dtype=np.int64)
    ids[order] = 10_000 + np.cumsum(generator.integers(1, 90, len(born)))
    return ids


def _category_names(
    generator: np.random.Generator, subjects: Subjects, topics: int
) -> tuple[Column, Ints]:
    """Distinct names of all categories, and the category of each subject, -1 for none."""
    made = made_names(generator, np.full(topics, PLACE))
    made.letters[:, 4:] = 0
    made.before[:], made.after[:], made.between[:] = 0, 0, 0
    themes = ("Churches_in_", "Rivers_of_", "People_of_", "Buildings_in_", "Maps_of_", "1911_in_")
    topic_names = join(
        choose(themes, generator.integers(0, len(themes), topics)), made.written("latin")
    )
    rows = np.flatnonzero(subjects.own_category)
    names = concatenate([texts(SPECIAL_CATEGORIES), topic_names, subjects.titles(LATIN, rows)])
    again = repeats(names)
    own = np.full(len(subjects), -1, dtype=np.int64)
    own[rows] = len(SPECIAL_CATEGORIES) + topics + np.arange(len(rows))
    return join(names, either(again > 0, join(b"_(", digits(again + 1), b")"), b"")), own


def memberships(plan: Plan, commons: Commons) -> tuple[Ints, Ints]:
    """Which file is in which category: (file, category), by file, all weeks together."""
    generator = stream(plan.seed, "memberships")
    files = np.arange(commons.first_icon)
    own = commons.category_of_subject[commons.subjects[: commons.first_icon]]
    parts = [(files, np.where(generator.random(len(files)) < 0.9, own, -1))]
    first_topic = len(SPECIAL_CATEGORIES)
    for share in (0.8, 0.5, 0.2):
        topic = first_topic + log_uniform(generator, len(files), commons.topics, 2.0)
        parts.append((files, np.where(generator.random(len(files)) < share, topic, -1)))
    for category, share in ((OVERSIZED, 0.5), (EDGE_BELOW, 0.02), (EDGE_AT, 0.3), (EMPTY, 0.001)):
        some = files[generator.random(len(files)) < share]
        parts.append((some, np.full(len(some), category)))
    specials = np.arange(commons.first_icon, len(commons))
    parts.append((specials, np.full(len(specials), EDGE_AT)))
    odd = specials[specials >= commons.first_placeholder][: len(PLACEHOLDERS)]
    parts.append((odd[5:], np.full(len(odd[5:]), PLACEHOLDER_CATEGORY)))
    some = files[:: max(1, len(files) // 12)]
    parts.append((some, np.full(len(some), COLLECTION)))
    file_codes = np.concatenate([part[0] for part in parts])
    categories = np.concatenate([part[1] for part in parts])
    keys = distinct((file_codes * len(commons.categories) + categories)[categories >= 0])
    return keys // len(commons.categories), keys % len(commons.categories)
