"""Trap cases about articles: what illustrates them, excluded classes, the rank of suggestions."""

from tests.acceptance.traps_signals import HOSTILE
from tests.acceptance.traps_world import Claim, Wiki, World, deprecated, preferred

# P279 of a class, and whether it takes an article of that class out.
SUBCLASSES: list[tuple[list[str | Claim], bool]] = [
    (["Q577"], True),
    (["Q5", "Q4167410"], True),
    (["Q5400"], False),
    ([preferred("Q5"), "Q577"], False),
    ([deprecated("Q577")], False),
    ([Claim("Q577", numeric_only=True)], True),
    (["Q5406"], False),
    ([Claim(None, snak="somevalue")], False),
]
CLASSES = [
    f"Q{number}"
    for number in (
        *(13406463, 4167410, 577, 29964144, 3186692, 14795564, 3311614, 21199),
        *(28920044, 28920052, 82799, 101352, 202444, 12308941, 11879590, 3409032),
    )
]


def add_articles(world: World) -> None:
    """Every case of this module; the overused files of ``traps_links`` must be there."""
    for case in (
        _hostile_images,
        _illustrated,
        _led,
        _classes,
        _subclasses,
        _disambiguations,
        _no_articles,
        _ties,
        _many,
    ):
        case(world)


def _hostile_images(world: World) -> None:
    """File names full of SQL as suggestion, as image link, as lead image, as local file."""
    for number, name in enumerate(HOSTILE):
        item = f"Q{1500 + number}"
        for wiki in world.wikis:
            wiki.article(f"Suggests_{number}", item)
            wiki.article(f"Links_image_{number}", item, images=(name,))
        world.new.article(f"Leads_{number}", item, lead=name)
        world.new.linked(f"Leads_{number}", 13)
        world.mixed.local(name)
        judged = world.old.article(f"Judges_{number}", item)
        world.judge(world.old, judged, f"File:{name}", is_rejected=True)


def _illustrated(world: World) -> None:
    """Which image links make an article illustrated, on every wiki that can have them."""
    ordinary = iter(range(100))
    world.commons.file("Commons_sound.ogg", media_type="AUDIO")
    world.commons.file("Linked_as_redirect.jpg", redirect=True)
    # Overused on Commons, and the name of a local file.
    world.commons.file("Icon_hidden.svg", media_type="DRAWING")
    world.new.uses("Icon_hidden.svg", 30)
    for place, wiki in enumerate(world.wikis):
        if wiki is not world.new:
            wiki.local("Local_only.jpg")
            wiki.local("Icon_hidden.svg")
        for number, images in enumerate(
            (
                (),
                ("Icon.svg",),
                ("Nowhere_1.jpg",),
                ("Icon.svg", "Nowhere_1.jpg", "Linked_as_redirect.jpg"),
                ("Icon.svg", "Ordinary"),
                ("ordinary",),
                ("Local_only.jpg",),
                ("Icon_hidden.svg",),
                ("Commons_sound.ogg",),
            )
        ):
            title, item = f"Images_{number}", f"Q{4000 + 20 * place + number}"
            name = f"Ordinary_{next(ordinary)}.jpg"
            page = world.subject(wiki, title, item, f"Suggested_{item}.jpg")
            for image in images:
                if image.lower() == "ordinary":
                    world.commons.file(name)
                    image = name if image == "Ordinary" else name.lower().replace("_", " ")
                wiki.image(page, image)
    # A suggestion whose name is a local file's here.
    world.subject(world.old, "Suggested_hidden", "Q4100", "Suggested_hidden.jpg")
    world.old.local("Suggested_hidden.jpg")


def _led(world: World) -> None:
    """Articles that link no image, but have a lead image: of Commons, local, overused, nowhere."""
    new, old = world.new, world.old
    world.commons.file("Leads_only.jpg")
    for number, (wiki, name) in enumerate(
        (
            (new, "leads only.jpg"),
            (old, "Local_only.jpg"),
            (new, "Icon.svg"),
            (new, "Nowhere_1.jpg"),
            (old, "Icon_hidden.svg"),
        )
    ):
        page = world.subject(wiki, f"Led_{number}", f"Q{4200 + number}", f"Not_led_{number}.jpg")
        wiki.prop(page, "page_image", name)


def _subclasses(world: World) -> None:
    """Classes whose own superclass decides, one level up and no further."""
    for number, (claims, _) in enumerate(SUBCLASSES):
        class_, item = f"Q{5400 + number}", f"Q{5450 + number}"
        world.item(class_, P279=claims)
        world.item(item, P31=class_)
        world.subject(world.new, f"Subclass_{number}", item, f"Subclass_{number}.jpg")
    # An item that is below an excluded class itself, as a name is, but of no such class.
    world.item("Q5480", P279="Q577")
    world.subject(world.new, "Below_itself", "Q5480", "Below_itself.jpg")


def _disambiguations(world: World) -> None:
    """Articles that say so, on a wiki or on another; a redirect and a talk page bear nothing."""
    for number, wiki in enumerate(world.wikis):
        item = f"Q{5500 + number}"
        page = world.subject(wiki, "Ambiguous", item, f"Ambiguous_{number}.jpg")
        wiki.prop(page, "disambiguation", "")
        world.subject(wiki, "Unambiguous", f"Q{5510 + number}", f"Unambiguous_{number}.jpg")
    for page in (world.new.page("Ambiguous_redirect", redirect=True), 900_001):
        world.new.prop(page, "disambiguation", "")
    elsewhere = world.new.article("Ambiguous_elsewhere", "Q5501")
    world.new.prop(elsewhere, "disambiguations", "")


def _classes(world: World) -> None:
    new = world.new
    for number, excluded in enumerate(CLASSES):
        item = f"Q{5000 + number}"
        world.item(item, P31=excluded)
        world.subject(new, f"Class_{excluded}", item, f"Class_{number}.jpg")
    cases: list[list[str | Claim]] = [
        ["Q5", "Q577"],
        [preferred("Q5"), "Q577"],
        ["Q5", deprecated("Q577")],
        [preferred("Q577"), "Q5"],
        [Claim("Q4167410", numeric_only=True)],
        [Claim(None, snak="somevalue")],
        ["Q4167836"],
        [],
    ]
    for number, claims in enumerate(cases):
        item = f"Q{5100 + number}"
        world.item(item, P31=claims)
        world.subject(new, f"Classes_{number}", item, f"Classes_{number}.jpg")
    # Items without claims, and one that the dump has not: what is depicted is all there is.
    for number in range(3):
        item = f"Q{5200 + number}"
        if number < 2:
            world.item(item)
        new.article(f"Without_claims_{number}", item)
        world.depict(world.commons.file(f"Without_claims_{number}.jpg"), P180=[item])


def _no_articles(world: World) -> None:
    """Nothing is suggested for a redirect, a talk page, an article without item, for Commons."""
    new = world.new
    world.subject(new, "With_item", "Q5300", "For_articles_only.jpg")
    new.article("Without_item")
    for page in (new.page("Redirect_with_item", redirect=True), new.page("With_item", 1)):
        new.prop(page, "wikibase_item", "Q5300")
    world.commons.page("With_item")


def _ties(world: World) -> None:
    """Ten candidates and one more: every level of the rank decides once."""
    item, category = "Q7000", "Ties"
    world.item(item, P18="Tie_p18.jpg", P373=category)
    commons = world.commons
    commons.file("Tie_p18.jpg")
    both = {
        name: commons.file(f"Tie_{name}.jpg", category)
        for name in ("three", "two_on_three", "two_on_one", "two_nowhere", "B", "a", "Ａ", "😀")
    }
    world.depict(both["three"], P180=[item])
    world.depict(both["two_nowhere"], P180=[item])
    world.depict(commons.file("Tie_depicted.jpg"), P180=[item])
    commons.file("Tie_lead_on_two.jpg")

    def leads(wiki: Wiki, *names: str) -> None:
        wiki.article("Tie", item)
        for number, name in enumerate(names):
            wiki.article(f"Tie_{number}", item, lead=f"Tie_{name}.jpg")

    leads(world.new, "three", "two_on_three", "two_on_one", "lead_on_two")
    leads(world.mixed, "two_on_three", "lead_on_two")
    leads(world.old, "two_on_three")


def _many(world: World) -> None:
    """More candidates than fit; what was judged leaves its place to the next."""
    world.item("Q7100", P373="Many")
    for number in range(1, 14):
        world.commons.file(f"Many_{number:02}.jpg", "Many")
    judged = world.old.article("Many", "Q7100")
    world.old.article("Many_unjudged", "Q7100")
    world.judge(world.old, judged, "Many_02.jpg", is_rejected=True)
    world.judge(world.old, judged, "Many_05.jpg", is_accepted=True)
