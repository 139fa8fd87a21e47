"""Makes wikis up, and what is planted in them: families of modules, and pages of every odd form."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle

from module_assets.sample.code import Code, Voice, dice_of, make_code, table, written
from resources.sample.names import languages
from resources.wikis import domain_of, language_of

ARTICLES, TEMPLATES = 95, 5
"""Pages of each wiki that are no modules; theirs are the first ids. They fill a stream."""
VERSIONS = 600
"""Of the one family that is larger than all others."""
SMALL = 5
"""Small modules that are like no other, for each of these versions: wikis have many, and one family
is never a large share of all.
"""
HOT = 80
"""Modules of one wiki that begin alike and end each in its own way."""
KINDS = (
    *("exact",) * 6,
    *("formatting",) * 4,
    *("localised",) * 5,
    *("edited-15", "edited-15", "edited-30", "edited-30", "grown"),
)
_SHARES = {"edited-15": 0.15, "edited-30": 0.3}
_LUA, _TEXT = "Scribunto", "wikitext"


@dataclass(frozen=True)
class Wiki:
    """A wiki: ``module`` is its name of namespace 828, ``aliases`` other ones."""

    wiki_db: str
    module: str
    script: str
    is_case_sensitive: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """Where it is on the web."""
        return domain_of(self.wiki_db)

    @property
    def language(self) -> str:
        """The code of its language."""
        return language_of(self.wiki_db)

    @property
    def case(self) -> str:
        """What it says of the first letter of its titles."""
        return "case-sensitive" if self.is_case_sensitive else "first-letter"


WIKIS = (
    Wiki("enwiki", "Module", "latin"),
    Wiki("bgwiki", "Модул", "cyrillic", aliases=("Мод",)),
    Wiki("arwiki", "وحدة", "arabic"),
    Wiki("enwiktionary", "Module", "latin", is_case_sensitive=True, aliases=("MOD",)),
    Wiki("commonswiki", "Module", "latin"),
    Wiki("wikidatawiki", "Module", "latin"),
    Wiki("jawiki", "モジュール", "kana"),
    Wiki("ruwikisource", "Модуль", "cyrillic"),
)


@dataclass
class Page:
    """A page of namespace 828, as an export has it; ``item`` is 0 where it has none."""

    title: str
    text: str
    model: str = _LUA
    is_redirect: bool = False
    is_deleted: bool = False
    slot: str = ""
    older: str = ""
    item: int = 0
    page_id: int = 0


@dataclass(frozen=True)
class Planted:
    """A module that is a copy: of which family, and what was done to it."""

    wiki_db: str
    page_id: int
    family: int
    kind: str


@dataclass
class World:
    """All wikis with their pages, and what was planted."""

    pages: dict[Wiki, list[Page]] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)

    def add(self, wiki: Wiki, page: Page) -> int:
        """Add a page, with the next id of its wiki, which it gives."""
        self.pages[wiki].append(page)
        page.page_id = ARTICLES + TEMPLATES + len(self.pages[wiki])
        return page.page_id


def wikis_of(count: int) -> list[Wiki]:
    """Give the first wikis: those above, then others of which each has a language of its own."""
    known = {wiki.wiki_db for wiki in WIKIS}
    others = (each for each in languages(count + len(WIKIS)) if each.wiki not in known)
    more = [Wiki(each.wiki, "Module", each.script) for each in others]
    return [*WIKIS, *more][:count]


def make_world(wikis: int, families: int, seed: int, versions: int = VERSIONS) -> World:
    """Make it all; the same seed makes the same."""
    world = World({wiki: [] for wiki in wikis_of(wikis)})
    for family in range(families):
        _plant(world, family, dice_of(seed, f"family {family}"))
    _plant_many(world, families, versions, dice_of(seed, "versions"))
    _plant_hot(world, dice_of(seed, "hot"))
    for number, wiki in enumerate(world.pages):
        _plant_odd(world, wiki, Voice(wiki.script, number), dice_of(seed, f"odd {number}"))
    _plant_small(world, SMALL * versions, dice_of(seed, "small"))
    return world


def _voices(world: World) -> Iterator[tuple[Wiki, Voice]]:
    return zip(world.pages, (Voice(w.script, n) for n, w in enumerate(world.pages)), strict=True)


def _plant(world: World, family: int, dice: random.Random) -> None:
    """Carry a module from the wiki where it was written to some others, which change it."""
    code = make_code(dice, dice.randint(2, 8))
    spread = min(len(world.pages), 2 + int(len(world.pages) * dice.random() ** 2))
    (origin, voice), *others = dice.sample(list(_voices(world)), spread)
    title, item = f"Family {family}", 1000 + family if family % 2 else 0
    text = written(code, voice)
    first = world.add(origin, Page(title, text, item=item))
    world.planted.append(Planted(origin.wiki_db, first, family, "first"))
    for wiki, own in others:
        kind = dice.choice(KINDS)
        called = (
            f"{own.string(family)} {family}".capitalize() if item and dice.random() < 0.5 else title
        )
        copy = world.add(wiki, Page(called, _copy(code, kind, voice, own, text, dice), item=item))
        world.planted.append(Planted(wiki.wiki_db, copy, family, kind))
    if family % 3 == 0:
        world.add(origin, Page(f"{title}/sandbox", written(code.edited(dice, 0.1), voice)))
        world.add(origin, Page(f"{title}/doc", "{{documentation}}", _TEXT))
    if family % 4 == 0:
        required = f"{origin.module}:{title}"
        world.add(origin, Page(f"{title}/used", written(make_code(dice, 2), voice, [required])))


def _copy(code: Code, kind: str, voice: Voice, own: Voice, text: str, dice: random.Random) -> str:
    layout = dice.randrange(1, 48)
    if kind == "exact":
        return text
    if kind == "formatting":
        return written(code, voice.laid_out(layout))
    if kind == "grown":
        code = code.grown(dice, max(1, len(code.functions) // 3))
    elif kind != "localised":
        code = code.edited(dice, _SHARES[kind])
    return written(code, own.laid_out(layout))


def _plant_many(world: World, family: int, versions: int, dice: random.Random) -> None:
    """One family of so many versions, shared out among the wikis."""
    code = make_code(dice, 4)
    for number, (wiki, voice) in zip(range(versions), cycle(list(_voices(world))), strict=False):
        version = code.edited(dice, 0.12 * (number > 0))
        title = "Often" if number < len(world.pages) else f"Often {number}"
        page_id = world.add(wiki, Page(title, written(version, voice)))
        kind = "version" if number else "first"
        world.planted.append(Planted(wiki.wiki_db, page_id, family, kind))


def _plant_hot(world: World, dice: random.Random) -> None:
    """Modules that share a large beginning: many candidates for each other, few of them copies."""
    wiki, voice = list(_voices(world))[-1]
    shared = make_code(dice, 3)
    for number in range(HOT):
        world.add(wiki, Page(f"Hot {number}", written(shared.grown(dice, 4), voice)))


def _plant_small(world: World, count: int, dice: random.Random) -> None:
    """Many tables of a line or a few, as wikis have for units, languages and the like."""
    for number, (wiki, voice) in zip(range(count), cycle(list(_voices(world))), strict=False):
        world.add(wiki, Page(f"Unit {number}", table(dice, dice.randint(1, 3), voice)))


def _plant_odd(world: World, wiki: Wiki, voice: Voice, dice: random.Random) -> None:
    """Every form of a page, and of what is no module."""
    whole, aliases = written(make_code(dice, 2), voice), (wiki.module, *wiki.aliases)
    odd = [
        Page("Family 0/data", table(dice, 40, voice)),
        *(Page(f"Alias {name}", f"return require('{name.lower()}:family_0')") for name in aliases),
        Page("Moved", f"#REDIRECT [[{wiki.module}:Family 0]]", is_redirect=True),
        Page("Broken", whole[: len(whole) // 2]),
        Page("Open", f"{whole}\nx = [==[ never closed"),
        Page("Empty", ""),
        Page("Comment alone", "-- nothing but this"),
        Page("Deleted", "", is_deleted=True),
        Page("Around", f"\ufeff{whole}  \n\n\t"),
        Page("Two slots", whole, slot="return 'of another slot'"),
        Page("Twice", whole, older="return 'older'"),
        Page("User:Somebody/work", whole),
        Page(voice.string(7).capitalize(), whole),
        Page("Data.json", '{"a": 1}', "json"),
        Page("Style.css", ".a { color: red }", "sanitized-css"),
    ]
    if wiki.is_case_sensitive:
        odd += [Page("languages", whole), Page("Languages", written(make_code(dice, 2), voice))]
    for page in odd:
        world.add(wiki, page)
