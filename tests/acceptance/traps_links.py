"""Trap cases about links: titles, counts, missing targets, lead images, hidden files, overuse."""

from tests.acceptance.traps_signals import HOSTILE, numbered
from tests.acceptance.traps_world import MISSING_TARGET, World

TITLES = [
    *HOSTILE,
    "",
    "Zero\0_and\x1a_inside",
    "INSERT_INTO_`page`_VALUES_(1);",
    "CREATE_TABLE_`x`_(",
]
LINK_SUMS = [0, 2, 3, 7, 8, 12, 13, 2497, 2498, 4997, 4999, 5000, 5003]


def add_links(world: World) -> None:
    """Every case of this module; the wikis must have their fillers."""
    for case in (
        _titles,
        _link_sums,
        _counted_once,
        _contradictions,
        _lead_images,
        _tied_leads,
        _hidden,
        _overuse,
    ):
        case(world)


def _titles(world: World) -> None:
    for wiki in world.wikis:
        for title in TITLES:
            wiki.article(title)
            wiki.linked(title, 2)
        # Titles are as their wiki has them but for spaces and composed letters.
        for title in ("turkey", "Turkey", "spelled as typed ", "Ame\u0301lie", "_a__b_"):
            wiki.article(title)
        for source, title in enumerate(
            ("turkey", "Turkey", "Turkey", "spelled_as_typed_", "Amélie", "Ame\u0301lie", "a_b")
        ):
            wiki.link(wiki.fillers[source], title)
        for namespace in (1, 2, 10, 14):
            wiki.page("In_another_namespace", namespace)


def _link_sums(world: World) -> None:
    """Lead images of an article on each wiki with so many incoming links in all."""
    for number, links in enumerate(LINK_SUMS):
        name, item = f"Links_{links}.jpg", f"Q{3000 + number}"
        world.commons.file(name)
        parts = {world.old: links // 2, world.new: min(links // 4, 300)}
        parts[world.mixed] = links - sum(parts.values())
        for wiki, part in parts.items():
            wiki.article(f"Links_{links}", item, lead=name)
            wiki.linked(f"Links_{links}", part)


def _counted_once(world: World) -> None:
    """Each wiki links one title from three pages, some of them in more than one way."""
    world.commons.file("Counted.jpg")
    for wiki in world.wikis:
        wiki.article("Counted_once", "Q3100", lead="Counted.jpg")
        for spelling in ("Counted_once", "counted_once", "Counted once"):
            wiki.link(wiki.fillers[0], spelling)
        wiki.link(wiki.fillers[1], "Counted_once")
        wiki.link(wiki.page("A_redirect", redirect=True), "Counted_once")
        wiki.link(wiki.page("A_user", 2), "Counted_once", source_namespace=2)
        wiki.link(wiki.page("A_talk", 1), "Counted_once", source_namespace=1)
        wiki.link(wiki.fillers[2], "Counted_once", 4)
    id_and_title = {"pl_from": world.mixed.fillers[0], "pl_title": "Counted_once"}
    world.mixed.add("pagelinks", **id_and_title, pl_target_id=None)


def _contradictions(world: World) -> None:
    """The mixed schema, and targets that are missing."""
    mixed, new = world.mixed, world.new
    mixed.article("Right_title")
    mixed.article("Wrong_title")
    right, elsewhere = mixed.target(0, "Right_title"), mixed.target(4, "Right_title")
    for source, namespace, title, target in (
        (0, 0, "Wrong_title", right),
        (1, 0, "Right_title", elsewhere),
        (2, 4, "Project_title", right),
        (3, 0, "Right_title", None),
        (4, 0, "Right_title", MISSING_TARGET),
        (5, 0, None, right),
        (6, 0, "", right),
        (7, 4, "Right_title", None),
    ):
        mixed.add(
            "pagelinks",
            pl_from=mixed.fillers[source],
            pl_namespace=namespace,
            pl_title=title,
            pl_target_id=target,
        )
    new.add("pagelinks", pl_from=new.fillers[0], pl_target_id=MISSING_TARGET)
    new.add("imagelinks", il_from=new.fillers[0], il_target_id=MISSING_TARGET)
    world.commons.file("Contradicted.jpg")
    nowhere = mixed.target(6, "Nowhere_at_all.jpg")
    for number, (title, target) in enumerate(
        (
            ("Contradicted.jpg", nowhere),
            ("Nowhere_at_all.jpg", mixed.target(6, "Contradicted.jpg")),
            ("Contradicted.jpg", None),
            ("Contradicted.jpg", MISSING_TARGET),
            (None, mixed.target(6, "Contradicted.jpg")),
        )
    ):
        page = world.subject(
            mixed, f"Contradiction_{number}", f"Q{3200 + number}", f"Good_{number}.jpg"
        )
        mixed.add("imagelinks", il_from=page, il_to=title, il_target_id=target)


def _lead_images(world: World) -> None:
    """Which property is the lead image, and of whom."""
    old = world.old
    for name in ("Free", "Not_free", "Any", "Fallback", "Veiled", "Unveiled", "Of_none", "Twice"):
        world.commons.file(f"{name}.jpg")
    world.commons.file("As_redirect.jpg", redirect=True)
    old.local("Veiled.jpg")
    for number, (title, free, any_image) in enumerate(
        (
            ("Lead_both", "free.jpg", "Not_free.jpg"),
            ("Lead_any", None, "any.jpg"),
            ("Lead_empty", "", "Fallback.jpg"),
            ("Lead_veiled", "Veiled.jpg", "Unveiled.jpg"),
            ("Lead_nowhere", "Nowhere_at_all.jpg", None),
            ("Lead_commons_redirect", "As_redirect.jpg", None),
        )
    ):
        page = old.article(title, f"Q{3300 + number}")
        if any_image is not None:
            old.prop(page, "page_image", any_image)
        if free is not None:
            old.prop(page, "page_image_free", free)
        old.linked(title, 10)
    # Neither a redirect nor a talk page nor a page that is gone bears anything.
    for page in (old.page("Lead_redirect", redirect=True), old.page("Lead_talk", 1), 900_000):
        old.prop(page, "page_image_free", "Of_none.jpg")
        old.prop(page, "wikibase_item", "Q3310")
    old.linked("Lead_redirect", 10)
    old.article("Lead_without_item", lead="Of_none.jpg")
    # Two articles of one wiki with one item: their links add up.
    for title in ("Lead_twice", "Lead_twice_again"):
        old.article(title, "Q3311", lead="Twice.jpg")
        old.linked(title, 10)


def _tied_leads(world: World) -> None:
    """Lead images of articles of 99 and of 100 items, on all the wikis."""
    for name, first, count in (("Lead_99.jpg", 24_000, 99), ("Lead_100.jpg", 24_100, 100)):
        world.commons.file(name)
        for number, item in enumerate(numbered(first, count)):
            wiki = world.wikis[number % 3] if count == 100 else world.wikis[1 + number % 2]
            wiki.article(f"{name}_of_{item}", item, lead=name)
            if number < 5:
                wiki.linked(f"{name}_of_{item}", 5 * number)
    world.mixed.article("Lead_99_again", "Q24000", lead="Lead_99.jpg")
    world.old.local("Lead_99.jpg")
    world.old.article("Lead_99_veiled", "Q24099", lead="Lead_99.jpg")
    world.item("Q24100", P18="Lead_100.jpg")


def _hidden(world: World) -> None:
    """A file that is another one on the old wiki, and the Commons one on the others."""
    world.commons.file("Hidden_lead.jpg")
    world.old.local("Hidden_lead.jpg")
    for wiki in world.wikis:
        wiki.article("Hidden_lead", "Q3400", lead="hidden lead.jpg")
        wiki.linked("Hidden_lead", 20)
    # Counted on the old wiki it would be overused: 10 > 9.
    world.commons.file("Hidden_by_nfd_é.jpg")
    world.old.local("Hidden_by_nfd_e\u0301.jpg")
    world.old.uses("Hidden_by_nfd_é.jpg", 6)
    world.mixed.uses("Hidden_by_nfd_é.jpg", 4)
    # With the old wiki's limit it would not be overused: 6 <= 9.
    world.commons.file("Hidden_limit.jpg")
    world.old.local("hidden limit.jpg")
    world.old.uses("Hidden_limit.jpg", 1)
    world.mixed.uses("Hidden_limit.jpg", 5)


def _overuse(world: World) -> None:
    """Limits: 5 on the old wiki (13,334 articles), 4 on the mixed (13,333) and on the new one."""
    for name, old, new, mixed in (
        ("Used_5_on_old.svg", 5, 0, 0),
        ("Used_6_on_old.svg", 6, 0, 0),
        ("Used_4_on_mixed.svg", 0, 0, 4),
        ("Used_5_on_mixed.svg", 0, 0, 5),
        ("Used_9_on_two.svg", 1, 0, 8),
        ("Used_10_on_two.svg", 1, 0, 9),
        ("Used_13_on_three.svg", 11, 1, 1),
        ("Used_14_on_three.svg", 1, 1, 12),
        ("Icon.svg", 10, 10, 10),
        ("Nowhere_but_linked.svg", 50, 50, 50),
    ):
        if not name.startswith("Nowhere"):
            world.commons.file(name, media_type="DRAWING")
        for wiki, times in zip(world.wikis, (old, new, mixed), strict=True):
            wiki.uses(name, times, start=20)
    # Four articles; the redirects, the talk pages and the second spelling do not count.
    world.commons.file("Used_by_others.jpg")
    for wiki in (world.new, world.mixed):
        wiki.uses("Used_by_others.jpg", 4)
        wiki.image(wiki.fillers[0], "used by others.jpg")
        wiki.image(wiki.page("Redirect_with_image", redirect=True), "Used_by_others.jpg")
        for number in range(9):
            talk = wiki.page(f"Talk_with_image_{number}", 1)
            wiki.image(talk, "Used_by_others.jpg", source_namespace=1)
    world.commons.file("Used_as_redirect.svg", redirect=True)
    world.new.uses("Used_as_redirect.svg", 30)
    # Tags stay, candidates go.
    world.item("Q3500", P18="Icon.svg", P373="Of_icon")
    world.commons.file("Of_icon.jpg", "Of_icon")
    world.mixed.article("Icon", "Q3500", images=("Icon.svg",))
