"""The reference against the real wiki, and against what a person worked out for files and items.

Its answers about articles are in ``test_reference_articles``.
"""

from pathlib import Path

import pytest

from tests.acceptance.expected import EXPECTED, expected_in
from tests.acceptance.reference import (
    category_score,
    compute,
    lead_image_score,
    overuse_threshold,
)
from tests.acceptance.reference_answers import Answers
from tests.acceptance.reference_reading import file_form, name_form, sql_rows, title_form
from tests.acceptance.traps import write_traps
from tests.acceptance.traps_signals import (
    FORBIDDEN_NAMES,
    HOSTILE,
    NEAR_NAMES,
    PICTURES,
    SIZES,
    SPELLINGS,
    numbered,
)
from tests.acceptance.traps_writing import SCHEMAS, sql_dump

REAL = Path(__file__).parents[3] / "shared" / "real"
LEAD, P18, P373, DEPICTS = (
    f"istype-{kind}" for kind in ("lead-image", "wikidata-image", "commons-category", "depicts")
)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    folder = tmp_path_factory.mktemp("traps")
    return Answers(compute(folder, write_traps(folder)))


@pytest.mark.skipif(not REAL.exists(), reason="the real wiki is not beside the checkout")
def test_the_real_wiki_gives_exactly_what_its_own_expectation_says() -> None:
    tables = compute(REAL / "dumps", "2024-05-01")
    computed = {name: of(tables.__getitem__) for name, of in EXPECTED.items()}
    assert computed == expected_in(REAL)


def test_both_compressions_hold_the_same_world(answers: Answers, tmp_path: Path) -> None:
    assert compute(tmp_path, write_traps(tmp_path, compression="bz2")) == answers.tables


def test_without_the_optional_files_sizes_are_counted_and_types_unknown(tmp_path: Path) -> None:
    bare = Answers(compute(tmp_path, write_traps(tmp_path, optional=False)))
    assert bare.scores("Size_7_of_2.jpg") == [631]
    assert bare.scores("Size_100001.jpg") == [1000]
    assert {(r["media_type"], r["width"]) for r in bare.tables["commons_files"]} == {(None, None)}
    assert "Kind_audio.jpg" in bare.candidates("Q1702")
    assert bare.tables["feedback"] == []


def test_only_the_wikis_that_are_asked_for_are_read(tmp_path: Path) -> None:
    tables = compute(tmp_path, write_traps(tmp_path), ["newwiki"])
    assert {row["wiki_db"] for row in tables["pages"]} == {"newwiki", "commonswiki"}


@pytest.mark.parametrize("table", SCHEMAS)
def test_the_tokenizer_gives_back_any_bytes(table: str) -> None:
    columns = list(SCHEMAS[table])
    nasty = [None, b"", b"NULL", b"),(", b");\n", b"\\", b"'", b"\\'", bytes(range(256)), b"1"]
    records = [dict.fromkeys(columns, value) for value in nasty]
    assert list(sql_rows(sql_dump(table, columns, records, in_one=3))) == records


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("foo bar.jpg", "Foo_bar.jpg"),
        (" _foo  bar_ ", "Foo_bar"),
        ("\u200efoo\u00a0\u3000_bar\u202e", "Foo_bar"),
        ("\u200e \u200f", ""),
        ("e\u0301te\u0301", "Été"),
        ("ßharp", "ßharp"),
        ("ŉ", "ŉ"),
        ("ა", "ა"),
        ("ıx", "Ix"),
        ("_ _", ""),
        ("File:x", "File:x"),
    ],
)
def test_names_take_the_form_of_section_1(typed: str, form: str) -> None:
    assert name_form(typed) == form


@pytest.mark.parametrize(
    "typed",
    ["File:x y.jpg", " iMage :_x y.jpg ", "x_y.jpg", "X y.jpg\u2003", "\u200ecategory:X  y.jpg"],
)
def test_what_was_typed_loses_its_namespace_once(typed: str) -> None:
    assert file_form(typed) == "X_y.jpg"
    assert file_form(f"File:{typed}") == name_form(typed)


def test_titles_are_as_their_wiki_has_them() -> None:
    assert title_form("turkey e\u0301__\u00a0") == "turkey_é__\u00a0"


def test_scores_round_halves_away_from_zero() -> None:
    sizes = [-1, 0, 1, 2, 3, 65_534, 65_535, 65_536, 99_999]
    assert [category_score(n) for n in sizes] == [1000, 1000, 1000, 631, 500, 63, 63, 62, 60]
    links = [0, 2, 3, 12, 13, 4997, 4999, 5000, 9_999_999]
    assert [lead_image_score(n) for n in links] == [0, 0, 1, 2, 3, 999, 1000, 1000, 1000]


def test_overuse_thresholds_are_exact_at_their_steps() -> None:
    articles = [0, 13_333, 13_334, 20_000, 20_001, 49_999, 50_000, 50_001, 500_000, 500_001]
    assert [overuse_threshold(n) for n in articles] == [4, 4, 5, 6, 7, 15, 15, 16, 30, 31]


def test_a_category_scores_by_its_size(answers: Answers) -> None:
    expected = [1000, 631, 500, 1000, 1000, 333, 63, 63, 62, 60]
    values = [answers.values(f"{category}.jpg", "p373") for category in SIZES]
    items = [f"Q{1100 + number}" for number in range(12)]
    scored = zip(items, expected, strict=False)
    assert values == [*([f"{item}|{score}"] for item, score in scored), [], []]


def test_only_files_that_exist_are_counted_in_a_category(answers: Answers) -> None:
    in_category = {
        row["page_id"]
        for row in answers.tables["commons_category_files"]
        if row["category"] == "Size_3_untold"
    }
    names = ("Size_3_untold.jpg", "Size_3_untold_1.jpg", "Size_3_untold_2.jpg")
    assert in_category == {answers.file_ids[name] for name in names}


def test_category_sizes_have_every_category_of_either_table(answers: Answers) -> None:
    sizes = {row["category"]: row["files"] for row in answers.tables["commons_category_sizes"]}
    told = ("Size_minus", "Size_3_untold", "Without_files", "Table_only", "Fillers")
    assert [sizes[category] for category in told] == [-5, 3, 12, 3, 150]


def test_a_category_is_one_in_all_its_spellings(answers: Answers) -> None:
    assert answers.values("Spelled_category.jpg", "p373") == ["Q1150|200"]
    assert answers.values("In_null.jpg", "p373") == ["Q1151|1000"]


def test_a_categorys_target_id_wins_over_its_title(answers: Answers) -> None:
    assert answers.values("Category_by_target.jpg", "p373") == ["Q1161|1000", "Q1162|1000"]


def test_a_category_of_99_items_is_a_subject_and_of_100_a_collection(answers: Answers) -> None:
    shared = answers.values("Crowd_99.jpg", "p373")
    assert shared == sorted(f"{item}|1000" for item in numbered(20_000, 99))
    assert answers.values("Crowd_100.jpg", "p373") == []


def test_what_is_left_out_first_no_longer_ties_a_file(answers: Answers) -> None:
    assert answers.values("Still_tied.jpg", "p373") == ["Q20300|631"]
    assert answers.values("In_huge_and_small.jpg", "p373") == ["Q20300|631"]


def test_a_file_keeps_99_distinct_items_over_its_categories_and_not_100(answers: Answers) -> None:
    kept = ("Sum_99.jpg", "Overlap_99.jpg", "Sum_100.jpg")
    assert [len(answers.values(name, "p373")) for name in kept] == [99, 99, 0]


def test_the_file_with_100_items_has_no_p18_tag_and_the_one_with_99_has(answers: Answers) -> None:
    assert len(answers.values("Poster_99.jpg", "p18")) == 99
    assert answers.values("Poster_100.jpg", "p18") == []


def test_a_file_left_out_by_one_signal_stays_by_another(answers: Answers) -> None:
    assert answers.values("Poster_100.jpg", "lead_image") == ["Q23100|2"]
    assert answers.candidates("Q23100")["Poster_100.jpg"]["kinds"] == [LEAD]


def test_lead_images_of_99_items_stay_and_of_100_go_whatever_their_score(answers: Answers) -> None:
    assert answers.values("Lead_99.jpg", "lead_image") == [
        "Q24001|1",
        "Q24002|2",
        "Q24003|3",
        "Q24004|4",
    ]
    assert answers.values("Lead_100.jpg", "lead_image") == []
    assert answers.candidates("Q24000")["Lead_99.jpg"]["found_on"] == ["mixwiki", "newwiki"]
    assert answers.candidates("Q24098")["Lead_99.jpg"]["found_on"] == ["newwiki"]
    assert "Q24099" not in {r["item_id"] for r in answers.tables["candidate_images"]}


def test_found_on_comes_only_from_lead_images_that_count(answers: Answers) -> None:
    row = answers.candidates("Q24100")["Lead_100.jpg"]
    assert (row["kinds"], row["confidence"], row["found_on"]) == ([P18], 90, None)


def test_depicts_of_99_items_stay_and_of_100_go(answers: Answers) -> None:
    assert answers.candidates("Q25000")["Depicted_99.jpg"]["confidence"] == 70
    assert answers.candidates("Q25098")["Depicted_99.jpg"]["kinds"] == [DEPICTS]
    assert not any(answers.candidates(item) for item in ("Q25099", "Q25100", "Q25199"))


def test_depicts_have_every_rank_but_deprecated(answers: Answers) -> None:
    page_id = answers.file_ids["Depicts_ranks.jpg"]
    found = {
        (r["item_id"], r["property"]) for r in answers.tables["depicts"] if r["page_id"] == page_id
    }
    assert found == {
        ("Q25300", "P180"),
        ("Q25301", "P180"),
        ("Q25303", "P6243"),
        ("Q25304", "P921"),
    }


@pytest.mark.parametrize("item", ["Q25306", "Q25307", "Q25308"])
def test_what_is_depicted_on_no_file_is_no_candidate(answers: Answers, item: str) -> None:
    assert item in {row["item_id"] for row in answers.tables["depicts"]}
    assert answers.candidates(item) == {}


def test_the_smallest_of_an_items_categories_gives_the_score(answers: Answers) -> None:
    assert answers.values("In_both.jpg", "p373") == ["Q1200|333", "Q1201|100"]
    assert answers.values("In_cosy.jpg", "p373") == ["Q1200|100", "Q1201|631"]
    assert answers.values("In_large.jpg", "p373") == ["Q1200|100", "Q1201|100"]


def test_a_file_in_a_placeholder_category_has_a_tag_but_is_no_candidate(answers: Answers) -> None:
    assert answers.values("Holder.jpg", "p373") == ["Q1200|333"]
    assert "Holder.jpg" not in answers.candidates("Q1200")
    assert "Seems_holder.jpg" in answers.candidates("Q1200")


@pytest.mark.parametrize(
    ("number", "letters"), list(enumerate(["A", "", "", "E", "G", "HI", "K", "LM", "N"]))
)
def test_truthy_claims(answers: Answers, number: int, letters: str) -> None:
    assert answers.claims(f"Q{1300 + number}", "P18") == {f"Rank_{c}.jpg" for c in letters}


@pytest.mark.parametrize("number", range(len(SPELLINGS)))
def test_a_file_is_one_in_all_its_spellings(answers: Answers, number: int) -> None:
    assert len(answers.candidates(f"Q{1400 + number}")) == 1


def test_spellings_come_out_in_one_form(answers: Answers) -> None:
    assert list(answers.candidates("Q1405")) == ["Prefix_and_blanks.jpg"]
    assert list(answers.candidates("Q1407")) == ["École.jpg"]
    assert list(answers.candidates("Q1409")) == ["ßharp.jpg"]
    assert answers.claims("Q1421", "P18") == {"Image:twice.jpg"}
    assert answers.claims("Q1450", "P18") == {"Two_blanks.jpg"}
    assert answers.claims("Q1460", "P373") == {"Category:Named_so"}
    assert list(answers.candidates("Q1460")) == ["In_category_of_category.jpg"]


def test_two_pages_of_one_name_are_one_file(answers: Answers) -> None:
    assert list(answers.candidates("Q1461")) == ["Spelled_twice.jpg"]
    assert len(answers.values("Spelled_twice.jpg", "p18")) == 1


@pytest.mark.parametrize("item", ["Q1451", "Q1452", "Q1453"])
def test_other_pages_than_files_are_no_candidates(answers: Answers, item: str) -> None:
    assert answers.claims(item, "P18")
    assert answers.candidates(item) == {}


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_names_full_of_sql_survive(answers: Answers, number: int) -> None:
    name, item = HOSTILE[number], f"Q{1500 + number}"
    assert answers.claims(item, "P373") == {f"Category_{name}"}
    assert answers.values(name, "p18") == answers.values(name, "p373") == [f"{item}|1000"]
    assert answers.values(name, "lead_image") == [f"{item}|3"]
    kinds = {image: row["kinds"] for image, row in answers.candidates(item).items()}
    assert kinds == ({name: [P373, LEAD, P18]} if name.endswith(".jpg") else {})


@pytest.mark.parametrize("number", range(len(FORBIDDEN_NAMES) + len(NEAR_NAMES)))
def test_forbidden_words_take_out_candidates_but_no_tags(answers: Answers, number: int) -> None:
    name, item = [*FORBIDDEN_NAMES, *NEAR_NAMES][number], f"Q{1600 + number}"
    assert answers.values(name, "p18") == [f"{item}|1000"]
    assert list(answers.candidates(item)) == ([] if name in FORBIDDEN_NAMES else [name])


@pytest.mark.parametrize("number", range(len(PICTURES)))
def test_only_pictures_are_candidates(answers: Answers, number: int) -> None:
    name, (_, _, is_picture) = list(PICTURES.items())[number]
    assert list(answers.candidates(f"Q{1700 + number}")) == ([name] if is_picture else [])
    assert answers.values(name, "p18")


def test_lexemes_and_properties_have_no_claims(answers: Answers) -> None:
    assert all(row["item_id"].startswith("Q") for row in answers.tables["item_claims"])
