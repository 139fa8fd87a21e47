"""Articles without a picture and what is suggested for them: SPEC.md section 5, both engines."""

from typing import Any

import pytest

from imagesuggest_assets.datasets.search_index import search_index_full, wiki_flags
from imagesuggest_assets.datasets.suggestions import (
    considered_articles,
    filtered_suggestions,
    unillustrated_articles,
)
from imagesuggest_assets.rules import Rules
from tests.tables import NOW, Tables

KIND = "istype-wikidata-image"


def unillustrated(
    tables: Tables, rules: Rules | None = None, **rows: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """The articles without a picture of what considered_articles is computed from."""
    considered = tables.compute(considered_articles, rules, **rows)
    return tables.compute(unillustrated_articles, considered_articles=considered)


def considered(image: str, hidden_on: tuple[str, ...] = (), excluded: tuple[str, ...] = ()) -> Any:
    """A file of Q1 that nothing takes out, but where a wiki has its own or excludes a category."""
    conditions, evidence = (False,) * 6, (None,) * 6
    shown = ([*hidden_on] or None, [*excluded] or None)
    return ("Q1", image, [KIND], 80, None, None, *conditions, *evidence, *shown)


def test_an_article_is_unillustrated_unless_a_condition_holds(tables: Tables) -> None:
    names = {
        1: "Nothing",
        2: "No_item",
        3: "Local_image",
        4: "Commons_image",
        5: "Excluded_class",
        6: "Icon_only",
        7: "Missing_file",
        8: "Icon_and_image",
        9: "Hidden_by_local",
        10: "Other_class",
        11: "Excluded_among_others",
        12: "Lead_image_only",
        13: "Local_lead_image_only",
        14: "Overused_lead_image_only",
        15: "Missing_lead_image_only",
        16: "Disambiguation",
        17: "Subclass_of_an_excluded_one",
        18: "Below_a_subclass",
    }
    found = unillustrated(
        tables,
        pages=[
            *(("chwiki", page, 0, title, False, 7) for page, title in names.items()),
            ("chwiki", 20, 0, "Redirect", True, 7),
            ("commonswiki", 1, 0, "Gallery", False, 7),
        ],
        lead_images=[
            ("chwiki", 12, "Cat.jpg"),
            ("chwiki", 13, "Icon.svg"),
            ("chwiki", 14, "Dot.svg"),
            ("chwiki", 15, "Nowhere.jpg"),
        ],
        disambiguations=[("chwiki", 16), ("arwiki", 1)],
        page_items=[
            *(("chwiki", page, f"Q{page}") for page in names if page != 2),
            ("chwiki", 20, "Q20"),
            ("commonswiki", 1, "Q1"),
        ],
        local_files=[("chwiki", "Local.jpg"), ("chwiki", "Icon.svg"), ("arwiki", "Cat.jpg")],
        commons_files=[
            (n, name, None, None) for n, name in enumerate(["Cat.jpg", "Icon.svg", "Dot.svg"], 1)
        ],
        overused_files=[("Dot.svg", 99, 4), ("Icon.svg", 99, 4)],
        image_links=[
            ("chwiki", 3, "Local.jpg"),
            ("chwiki", 4, "Cat.jpg"),
            ("chwiki", 6, "Dot.svg"),
            ("chwiki", 7, "Nowhere.jpg"),
            ("chwiki", 8, "Dot.svg"),
            ("chwiki", 8, "Cat.jpg"),
            # Overused on Commons, but here it is a file of the wiki's own.
            ("chwiki", 9, "Icon.svg"),
        ],
        item_claims=[
            ("Q5", "P31", "Q4167410"),
            ("Q10", "P31", "Q5"),
            ("Q11", "P31", "Q5"),
            ("Q11", "P31", "Q577"),
            ("Q1", "P18", "Q577"),
            # An item may be below an excluded class itself: its P31 decides.
            ("Q1", "P279", "Q577"),
            ("Q17", "P31", "Q900"),
            ("Q900", "P279", "Q577"),
            ("Q18", "P31", "Q901"),
            ("Q901", "P279", "Q900"),
        ],
    )
    left = ["Nothing", "Icon_only", "Missing_file", "Other_class", "Overused_lead_image_only"]
    left += ["Missing_lead_image_only", "Below_a_subclass"]
    assert [row[3] for row in found] == left
    assert found[0] == ("chwiki", 1, 7, "Nothing", "Q1")


def test_every_article_is_kept_with_all_that_speaks_against_it(tables: Tables) -> None:
    found = tables.compute(
        considered_articles,
        pages=[
            ("chwiki", 1, 0, "Shown", False, 7),
            ("chwiki", 2, 0, "Bare", False, 8),
            ("chwiki", 3, 0, "Redirect", True, 7),
        ],
        page_items=[("chwiki", 1, "Q1")],
        image_links=[
            *(("chwiki", 1, f"{name}.jpg") for name in ("B", "Own", "Icon", "Nowhere")),
            ("chwiki", 1, "A.jpg"),
        ],
        lead_images=[("chwiki", 1, "A.jpg")],
        local_files=[("chwiki", "Own.jpg")],
        commons_files=[(n, f"{name}.jpg", None, None) for n, name in enumerate(("A", "B", "Icon"))],
        overused_files=[("Icon.jpg", 99, 4)],
        disambiguations=[("chwiki", 1)],
        item_claims=[
            ("Q1", "P31", "Q577"),
            ("Q1", "P31", "Q900"),
            ("Q1", "P31", "Q5"),
            ("Q900", "P279", "Q82799"),
            ("Q900", "P279", "Q577"),
        ],
    )
    shown = (["Own.jpg"], ["A.jpg", "B.jpg"], ["Q577|Q577", "Q900|Q577", "Q900|Q82799"])
    assert found == [
        ("chwiki", 1, 7, "Shown", "Q1", False, *(True,) * 4, *shown),
        ("chwiki", 2, 8, "Bare", None, True, *(False,) * 4, None, None, None),
    ]


CHAIN = [
    ("Q1", "P31", "Q577"),
    ("Q2", "P31", "Q901"),
    ("Q3", "P31", "Q902"),
    ("Q4", "P31", "Q903"),
    # What is its own subclass, or that of what is below it, goes on no longer for it.
    ("Q5", "P31", "Q904"),
    ("Q6", "P31", "Q905"),
    ("Q901", "P279", "Q577"),
    ("Q902", "P279", "Q901"),
    ("Q903", "P279", "Q902"),
    ("Q904", "P279", "Q904"),
    ("Q905", "P279", "Q906"),
    ("Q906", "P279", "Q905"),
    ("Q577", "P279", "Q901"),
]


@pytest.mark.parametrize(
    ("levels", "left"),
    [(0, [2, 3, 4, 5, 6]), (1, [3, 4, 5, 6]), (2, [4, 5, 6]), (3, [5, 6]), (9, [5, 6])],
)
def test_subclasses_of_excluded_classes_are_excluded_to_the_level_that_is_set(
    tables: Tables, levels: int, left: list[int]
) -> None:
    found = unillustrated(
        tables,
        Rules(excluded_levels=levels),
        pages=[("chwiki", page, 0, f"Page_{page}", False, 7) for page in range(1, 7)],
        page_items=[("chwiki", page, f"Q{page}") for page in range(1, 7)],
        item_claims=CHAIN,
    )
    assert [row[1] for row in found] == left


def suggest(tables: Tables, candidates: list[tuple[object, ...]], **more: object) -> list[object]:
    """Suggestions for article 5 of chwiki, whose item is Q1, as (image, rank), best first."""
    found = tables.compute(
        filtered_suggestions,
        unillustrated_articles=[("chwiki", 5, 7, "Cat", "Q1")],
        candidate_images=candidates,
        **more,
    )
    return sorted(((row[5], row[9]) for row in found), key=lambda each: each[1])


def test_ties_in_rank_are_broken_by_kinds_then_wikis_then_name(tables: Tables) -> None:
    ranked = suggest(
        tables,
        [
            ("Q1", "a.jpg", [KIND], 80, None),
            ("Q1", "\U0001f408.jpg", [KIND], 80, None),
            ("Q1", "\uff21.jpg", [KIND], 80, None),
            ("Q1", "B.jpg", [KIND], 80, None),
            ("Q1", "One_wiki.jpg", [KIND], 80, ["arwiki"]),
            ("Q1", "Two_wikis.jpg", [KIND], 80, ["arwiki", "ptwiki"]),
            ("Q1", "Two_kinds.jpg", [KIND, "istype-depicts"], 80, None),
            ("Q1", "Sure.jpg", [KIND], 90, None),
            ("Q2", "Other_item.jpg", [KIND], 90, None),
        ],
    )
    # By code point: capitals before small letters, full-width before the characters beyond 16 bits.
    names = ["Sure", "Two_kinds", "Two_wikis", "One_wiki", "B", "a", "\uff21", "\U0001f408"]
    assert ranked == [(f"{name}.jpg", rank) for rank, name in enumerate(names, 1)]


def test_at_most_ten_are_suggested_unless_the_limit_says_otherwise(tables: Tables) -> None:
    candidates = [("Q1", f"{number:02}.jpg", [KIND], 80, None) for number in range(12)]
    assert suggest(tables, candidates) == [(f"{number:02}.jpg", number + 1) for number in range(10)]
    assert len(suggest(tables, candidates, rules=Rules(suggestions_most=0))) == 12
    assert len(suggest(tables, candidates, rules=Rules(suggestions_most=1))) == 1


def test_what_was_accepted_or_rejected_is_out_for_good_and_leaves_no_gap(tables: Tables) -> None:
    later = NOW.replace(year=2027)
    ranked = suggest(
        tables,
        [("Q1", f"{name}.jpg", [KIND], 80, None) for name in "ABCDE"],
        feedback=[
            ("chwiki", 5, "A.jpg", "accepted", "article", NOW),
            ("chwiki", 5, "B.jpg", "rejected", "article", NOW),
            ("chwiki", 5, "B.jpg", "undecided", "article", later),
            ("chwiki", 5, "C.jpg", "undecided", "article", NOW),
            ("arwiki", 5, "D.jpg", "rejected", "article", NOW),
            ("chwiki", 6, "E.jpg", "rejected", "article", NOW),
        ],
    )
    assert ranked == [("C.jpg", 1), ("D.jpg", 2), ("E.jpg", 3)]


def test_a_file_that_one_of_the_wiki_hides_is_not_suggested_there(tables: Tables) -> None:
    ranked = suggest(
        tables,
        [("Q1", f"{name}.jpg", [KIND], 80, None) for name in "ABC"],
        considered_files=[considered("A.jpg", ("chwiki",)), considered("B.jpg", ("arwiki",))],
    )
    assert ranked == [("B.jpg", 1), ("C.jpg", 2)]


def test_what_is_hidden_is_counted_after_what_was_judged(tables: Tables) -> None:
    given = {
        "unillustrated_articles": [("chwiki", 5, 7, "Cat", "Q1")],
        "candidate_images": [("Q1", f"{name}.jpg", [KIND], 80, None) for name in "ABC"],
        "feedback": [("chwiki", 5, "A.jpg", "rejected", "article", NOW)],
        "considered_files": [considered(f"{name}.jpg", ("chwiki",)) for name in "AB"],
    }
    compute = filtered_suggestions.op.compute_fn.decorated_fn  # type: ignore[union-attr]
    made = {name: tables.make(name, rows) for name, rows in given.items()}
    selection = compute(**made, rules=Rules()).content
    rows = tables.engine.rows(selection.rows.select("image", "judged", "hidden"))
    assert {row.pop("image"): list(row.items()) for row in rows} == {
        "A.jpg": [("judged", True), ("hidden", True)],
        "B.jpg": [("judged", False), ("hidden", True)],
        "C.jpg": [("judged", False), ("hidden", False)],
    }


DEPICTS, CATEGORY = "istype-depicts", "istype-commons-category"
OWN_RULES = [
    ({"kinds_off": [DEPICTS]}, "kind_off", ["Both.jpg", "Sure.jpg"]),
    ({"kinds_off": [DEPICTS, CATEGORY, KIND]}, "kind_off", []),
    ({"least_confidence": 80}, "low_confidence", ["Both.jpg", "Sure.jpg", "Weak_80.jpg"]),
    (
        {"excluded_files": ["file:sure.jpg"]},
        "excluded_file",
        ["Both.jpg", "Weak.jpg", "Weak_80.jpg"],
    ),
    (
        {"excluded_categories": ["Category:Coats of arms"]},
        "excluded_category",
        ["Sure.jpg", "Weak.jpg"],
    ),
]


@pytest.mark.parametrize(("own", "condition", "left"), OWN_RULES)
def test_what_a_community_decided_takes_out_what_it_names_on_its_wiki_alone(
    tables: Tables, own: dict[str, Any], condition: str, left: list[str]
) -> None:
    given = {
        "unillustrated_articles": [(wiki, 5, 7, "Cat", "Q1") for wiki in ("chwiki", "arwiki")],
        "candidate_images": [
            ("Q1", "Both.jpg", [CATEGORY, DEPICTS], 80, None),
            ("Q1", "Sure.jpg", [KIND], 90, None),
            ("Q1", "Weak.jpg", [DEPICTS], 79, None),
            ("Q1", "Weak_80.jpg", [DEPICTS], 80, None),
        ],
        "considered_files": [
            considered("Both.jpg", excluded=("Coats_of_arms", "Other")),
            considered("Sure.jpg", excluded=("Other",)),
            considered("Weak_80.jpg", excluded=("Coats_of_arms",)),
        ],
        "feedback": [],
    }
    rules = Rules(wikis={"chwiki": own, "kawiki": {"least_confidence": 100}})
    compute = filtered_suggestions.op.compute_fn.decorated_fn  # type: ignore[union-attr]
    made = {name: tables.make(name, rows) for name, rows in given.items()}
    selection = compute(**made, rules=rules).content
    rows = tables.engine.rows(selection.rows.select("wiki_db", "image", *selection.conditions))
    out = {(row["wiki_db"], row["image"]) for row in rows if row[condition]}
    every = {row[1] for row in given["candidate_images"]}
    assert out == {("chwiki", image) for image in every - {*left}}
    assert not any(row[name] for row in rows for name in selection.conditions if name != condition)


def test_what_is_said_of_a_section_or_of_the_page_takes_nothing_out(tables: Tables) -> None:
    ranked = suggest(
        tables,
        [("Q1", f"{name}.jpg", [KIND], 80, None) for name in "ABC"],
        feedback=[
            ("chwiki", 5, "A.jpg", "rejected", "section", NOW),
            ("chwiki", 5, "B.jpg", "accepted", "section", NOW),
            ("chwiki", 5, "", "rejected", "page", NOW),
            ("chwiki", 5, "C.jpg", "rejected", "article", None),
        ],
    )
    assert ranked == [("A.jpg", 1), ("B.jpg", 2)]


def test_each_article_with_a_suggestion_has_one_flag(tables: Tables) -> None:
    def suggestion(page: int, image: str, rank: int) -> tuple[object, ...]:
        return ("chwiki", page, 7, "Cat", "Q1", image, 80, [KIND], None, rank)

    flags = tables.compute(
        wiki_flags,
        filtered_suggestions=[suggestion(5, "A", 1), suggestion(5, "B", 2), suggestion(6, "A", 1)],
    )
    expected = [("chwiki", page, 0, "recommendation.image", ["exists|1"]) for page in (5, 6)]
    assert flags == expected
    tag = ("commonswiki", 5, 6, "image.linked.from.wikidata.p18", ["Q1|1000"])
    full = tables.compute(search_index_full, commons_weighted_tags=[tag], wiki_flags=flags)
    assert full == [*expected, tag]
