"""Trap cases about redirects of files, and what a wiki's own files hide of them."""

from tests.acceptance.traps_world import World

# Name on Commons: where its page redirects to (title, namespace, interwiki); None: nowhere.
REDIRECTS: dict[str, tuple[str, int, str | None]] = {
    "Moved.jpg": ("Goal.jpg", 6, None),
    "moved as_ typed.jpg": ("goal.jpg", 6, ""),
    "Moved_twice.jpg": ("Moved.jpg", 6, None),
    "Moved_in_a_circle.jpg": ("Moved_in_a_circle.jpg", 6, None),
    "Moved_to_nowhere.jpg": ("Nowhere_at_all.jpg", 6, None),
    "Moved_to_another_site.jpg": ("Goal.jpg", 6, "de"),
    "Moved_to_a_page.jpg": ("Goal.jpg", 0, None),
    "Moved_to_a_category.jpg": ("Goal.jpg", 14, None),
}
# Of these what stands for `Goal.jpg` wherever no wiki hides it.
MEANT = ("Goal.jpg", "Moved.jpg", "Moved_as_typed.jpg")
NAMES = ["Goal.jpg", *REDIRECTS, "Moved_long_ago.jpg"]


def add_redirects(world: World) -> None:
    """Every case of this module."""
    for case in (_redirects, _claimed, _linked, _leads, _hidden, _overused):
        case(world)


def _redirects(world: World) -> None:
    commons = world.commons
    commons.file("Goal.jpg", "Goals")
    for name, (target, namespace, interwiki) in REDIRECTS.items():
        commons.redirect(commons.page(name, 6, redirect=True), target, namespace, interwiki)
    # It redirected once, and is a file again.
    commons.redirect(commons.file("Moved_long_ago.jpg"), "Goal.jpg")
    # What is no file page: a gallery, a talk page, a page that is gone.
    commons.redirect(commons.page("Moved_gallery.jpg", redirect=True), "Goal.jpg")
    commons.redirect(commons.page("Goal_2.jpg", 7, redirect=True), "Goal.jpg")
    commons.redirect(800_001, "Goal.jpg")


def _claimed(world: World) -> None:
    """Items with each of the names as P18, and one with all."""
    for number, name in enumerate([*NAMES, "Moved_gallery.jpg"]):
        world.item(f"Q{8100 + number}", P18=f"File:{name}")
        world.new.article(f"Claims_{number}", f"Q{8100 + number}")
    world.item("Q8130", P18=list(NAMES))


def _linked(world: World) -> None:
    """Articles that link each of the names; the old wiki hides one of them, the mixed the goal."""
    world.old.local("Moved.jpg")
    world.mixed.local("Goal.jpg")
    for place, wiki in enumerate(world.wikis):
        for number, name in enumerate(NAMES):
            item = f"Q{8200 + 20 * place + number}"
            world.subject(wiki, f"Links_moved_{number}", item, f"Other_{item}.jpg", name)


def _leads(world: World) -> None:
    """One item, of which each wiki has an article that is led by the old name."""
    for wiki in world.wikis:
        wiki.article("Leads_moved", "Q8300", lead="Moved.jpg")
        wiki.linked("Leads_moved", 20)
        wiki.article("Is_not_led", "Q8300")


def _hidden(world: World) -> None:
    """Suggestions that the wiki hides by their name, and one that it hides by its old name."""
    for number, name in enumerate(("Hides_me.jpg", "Goal_of_hidden.jpg")):
        world.commons.file(name)
        world.item(f"Q{8310 + number}", P18=name)
        for wiki in world.wikis:
            wiki.article(f"Hides_{number}", f"Q{8310 + number}")
    world.mixed.local("hides_me.jpg")
    page = world.commons.page("Hidden_by_old_name.jpg", 6, redirect=True)
    world.commons.redirect(page, "Goal_of_hidden.jpg")
    world.mixed.local("Hidden_by_old_name.jpg")


def _overused(world: World) -> None:
    """Uses by either name are uses of one file: three and two of four that may be."""
    world.commons.file("Used_moved.svg", media_type="DRAWING")
    page = world.commons.page("Used_before_it_moved.svg", 6, redirect=True)
    world.commons.redirect(page, "Used_moved.svg")
    world.new.uses("Used_before_it_moved.svg", 3, start=40)
    # The first of these links it by both names.
    world.new.uses("Used_moved.svg", 3, start=42)
