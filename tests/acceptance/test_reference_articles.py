"""The reference against what a person worked out for articles: links, lead images, suggestions."""

from pathlib import Path

import pytest

from tests.acceptance.reference import compute
from tests.acceptance.reference_answers import Answers
from tests.acceptance.reference_reading import COMMONS, DumpFolder
from tests.acceptance.traps import write_traps
from tests.acceptance.traps_articles import CLASSES, SUBCLASSES
from tests.acceptance.traps_feedback import VERDICTS
from tests.acceptance.traps_links import LINK_SUMS, TITLES
from tests.acceptance.traps_signals import HOSTILE
from tests.acceptance.traps_world import MIXED, NEW, OLD

WIKIS = (OLD, NEW, MIXED)
LINK_TABLES = (
    (NEW, "pagelinks", "pl_target_id"),
    (NEW, "imagelinks", "il_target_id"),
    (MIXED, "pagelinks", "pl_target_id"),
    (MIXED, "imagelinks", "il_target_id"),
    (COMMONS, "categorylinks", "cl_target_id"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traps")
    write_traps(folder)
    return folder


@pytest.fixture(scope="module")
def answers(folder: Path) -> Answers:
    return Answers(compute(folder, "2024-05-08"))


@pytest.mark.parametrize(("wiki", "table", "column"), LINK_TABLES)
def test_some_link_targets_are_missing_but_fewer_than_one_in_a_hundred(
    folder: Path, wiki: str, table: str, column: str
) -> None:
    dumps = DumpFolder(folder, "2024-05-08")
    known = {row["lt_id"] for row in dumps.table(wiki, "linktarget")} | {None}
    links = list(dumps.table(wiki, table))
    missing = sum(row[column] not in known for row in links)
    assert 0 < missing < len(links) / 100


def test_tables_without_rows_have_no_insert(folder: Path) -> None:
    dumps = DumpFolder(folder, "2024-05-08")
    assert not list(dumps.table(OLD, "linktarget"))
    assert not list(dumps.table(NEW, "image"))


def test_target_wikis_are_those_of_the_snapshots_date(answers: Answers) -> None:
    rows = answers.tables["unillustrated_articles"]
    assert {row["wiki_db"] for row in rows} == set(WIKIS)
    assert {row["wiki_db"] for row in answers.tables["pages"]} == {*WIKIS, COMMONS}


def test_pages_have_files_of_commons_alone(answers: Answers) -> None:
    found = {(row["wiki_db"], row["namespace"]) for row in answers.tables["pages"]}
    assert found == {(wiki, 0) for wiki in (*WIKIS, COMMONS)} | {(COMMONS, 6)}


@pytest.mark.parametrize("wiki", WIKIS)
def test_titles_full_of_sql_survive_as_pages_and_as_link_targets(
    answers: Answers, wiki: str
) -> None:
    titles = {row["title"] for row in answers.tables["pages"] if row["wiki_db"] == wiki}
    assert titles >= {*TITLES, "turkey", "Turkey", "spelled_as_typed_", "Amélie", "_a__b_"}
    assert {answers.incoming(wiki, title) for title in TITLES} == {2}
    linked = ("turkey", "Turkey", "spelled_as_typed_", "Amélie", "_a__b_", "a_b")
    assert [answers.incoming(wiki, title) for title in linked] == [1, 2, 1, 2, 0, 1]


@pytest.mark.parametrize("number", range(len(LINK_SUMS)))
def test_a_lead_image_scores_a_fifth_of_its_links_on_all_wikis(
    answers: Answers, number: int
) -> None:
    links = LINK_SUMS[number]
    assert sum(answers.incoming(wiki, f"Links_{links}") for wiki in WIKIS) == links
    score = [0, 0, 1, 1, 2, 2, 3, 499, 500, 999, 1000, 1000, 1000][number]
    expected = [f"Q{3000 + number}|{score}"] if score else []
    assert answers.values(f"Links_{links}.jpg", "lead_image") == expected
    found_on = answers.candidates(f"Q{3000 + number}")[f"Links_{links}.jpg"]["found_on"]
    assert found_on == [OLD, MIXED, NEW]


@pytest.mark.parametrize("wiki", WIKIS)
def test_a_page_is_counted_once_however_it_links(answers: Answers, wiki: str) -> None:
    assert answers.incoming(wiki, "Counted_once") == 3
    assert answers.values("Counted.jpg", "lead_image") == ["Q3100|2"]


def test_a_target_id_wins_and_its_absence_leaves_the_title(answers: Answers) -> None:
    assert answers.incoming(MIXED, "Right_title") == 5
    assert answers.incoming(MIXED, "Wrong_title") == answers.incoming(MIXED, "Project_title") == 0
    # Of the five the first and the fourth link nothing that is there.
    found = {title for title in answers.unillustrated(MIXED) if title.startswith("Contradiction_")}
    assert found == {"Contradiction_0", "Contradiction_3"}


@pytest.mark.parametrize(
    ("title", "image"),
    [
        ("Lead_both", "Free.jpg"),
        ("Lead_any", "Any.jpg"),
        ("Lead_empty", "Fallback.jpg"),
        ("Lead_veiled", "Veiled.jpg"),
    ],
)
def test_the_lead_image_is_the_free_one_else_any(answers: Answers, title: str, image: str) -> None:
    assert answers.of_title("lead_images", "file_name", OLD, title) == {image}
    tagged = [] if image == "Veiled.jpg" else [2]
    assert answers.scores(image, "lead_image") == tagged


@pytest.mark.parametrize("image", ["Not_free.jpg", "Unveiled.jpg", "Of_none.jpg"])
def test_what_is_no_articles_lead_image_has_no_tag(answers: Answers, image: str) -> None:
    assert answers.values(image, "lead_image") == []


def test_redirects_and_talk_pages_bear_neither_item_nor_lead_image(answers: Answers) -> None:
    for table in ("page_items", "lead_images"):
        titles = {answers.named(row)[1] for row in answers.tables[table]}
        assert not titles & {"Lead_redirect", "Lead_talk", "Redirect_with_item"}
    assert "Q3310" not in {row["item_id"] for row in answers.tables["page_items"]}


def test_links_of_two_articles_of_one_item_add_up(answers: Answers) -> None:
    assert answers.values("Twice.jpg", "lead_image") == ["Q3311|4"]


def test_a_local_file_hides_the_lead_image_on_its_wiki_alone(answers: Answers) -> None:
    assert answers.values("Hidden_lead.jpg", "lead_image") == ["Q3400|8"]
    assert answers.candidates("Q3400")["Hidden_lead.jpg"]["found_on"] == [MIXED, NEW]


def test_hidden_files_count_neither_as_use_nor_for_the_limit(answers: Answers) -> None:
    assert "Hidden_by_nfd_é.jpg" not in answers.overused()
    assert answers.overused()["Hidden_limit.jpg"] == (5, 4)


def test_files_are_overused_beyond_their_limit_only(answers: Answers) -> None:
    edges = {name: found for name, found in answers.overused().items() if name.startswith("Used_")}
    assert edges == {
        "Used_6_on_old.svg": (6, 5),
        "Used_5_on_mixed.svg": (5, 4),
        "Used_10_on_two.svg": (10, 9),
        "Used_14_on_three.svg": (14, 13),
        # By its old name and its new one.
        "Used_moved.svg": (5, 4),
    }


def test_overused_files_keep_their_tags_but_are_no_candidates(answers: Answers) -> None:
    assert answers.values("Icon.svg", "p18") == ["Q3500|1000"]
    assert answers.suggested(MIXED, "Icon") == ["Of_icon.jpg"]


@pytest.mark.parametrize(
    ("wiki", "numbers"), [(OLD, {0, 1, 2, 3}), (NEW, {0, 1, 2, 3, 6, 7}), (MIXED, {0, 1, 2, 3})]
)
def test_which_image_links_illustrate(answers: Answers, wiki: str, numbers: set[int]) -> None:
    found = {title for title in answers.unillustrated(wiki) if title.startswith("Images_")}
    assert found == {f"Images_{number}" for number in numbers}
    assert all(len(answers.suggested(wiki, title)) == 1 for title in found)


def test_what_a_local_file_hides_is_not_suggested(answers: Answers) -> None:
    assert "Suggested_hidden" in answers.unillustrated(OLD)
    assert answers.suggested(OLD, "Suggested_hidden") == []


def test_a_lead_image_counts_as_a_link_to_it(answers: Answers) -> None:
    found = {
        title
        for wiki in (OLD, NEW)
        for title in answers.unillustrated(wiki)
        if title.startswith("Led_")
    }
    assert found == {"Led_2", "Led_3"}


def test_disambiguations_are_taken_out_on_their_wiki(answers: Answers) -> None:
    for wiki in WIKIS:
        assert "Ambiguous" not in answers.unillustrated(wiki)
        assert len(answers.suggested(wiki, "Unambiguous")) == 1
    assert answers.suggested(NEW, "Ambiguous_elsewhere") == ["Ambiguous_1.jpg"]
    assert len(answers.tables["disambiguations"]) == 3


@pytest.mark.parametrize("number", range(len(SUBCLASSES)))
def test_a_subclass_of_an_excluded_class_takes_out_and_no_further_one(
    answers: Answers, number: int
) -> None:
    excluded = SUBCLASSES[number][1]
    assert (f"Subclass_{number}" in answers.unillustrated(NEW)) is not excluded
    assert "Below_itself" in answers.unillustrated(NEW)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_image_names_full_of_sql_are_suggested_linked_and_judged(
    answers: Answers, number: int
) -> None:
    pictures = [name for name in HOSTILE[number : number + 1] if name.endswith(".jpg")]
    for wiki in WIKIS:
        # The mixed wiki has a file of its own of that name.
        shown = pictures if wiki != MIXED else []
        assert answers.suggested(wiki, f"Suggests_{number}") == shown
        assert f"Links_image_{number}" not in answers.unillustrated(wiki)
    assert f"Leads_{number}" not in answers.unillustrated(NEW)
    assert f"Judges_{number}" in answers.unillustrated(OLD)
    assert answers.suggested(OLD, f"Judges_{number}") == []


def test_excluded_classes_take_articles_out(answers: Answers) -> None:
    assert not {f"Class_{excluded}" for excluded in CLASSES} & answers.unillustrated(NEW)
    assert len(CLASSES) == 16


def test_only_truthy_classes_exclude(answers: Answers) -> None:
    found = {title for title in answers.unillustrated(NEW) if title.startswith("Classes_")}
    assert found == {f"Classes_{number}" for number in (1, 2, 5, 6, 7)}


def test_items_without_claims_get_what_depicts_them(answers: Answers) -> None:
    for number in range(3):
        title = f"Without_claims_{number}"
        assert answers.suggested(NEW, title) == [f"{title}.jpg"]


def test_nothing_is_suggested_without_item_or_on_commons(answers: Answers) -> None:
    titles = {answers.named(row) for row in answers.tables["filtered_suggestions"]}
    assert (NEW, "With_item") in titles
    assert (NEW, "Without_item") not in titles
    assert (COMMONS, "With_item") not in titles


def test_files_that_depict_too_many_items_are_not_suggested(answers: Answers) -> None:
    assert answers.suggested(NEW, "Depicted_99") == ["Depicted_99.jpg"]
    assert answers.suggested(NEW, "Depicted_100") == []


@pytest.mark.parametrize("title", VERDICTS)
def test_the_community_has_the_last_word(answers: Answers, title: str) -> None:
    stays = VERDICTS[title][1]
    assert answers.suggested(NEW, title) == ([f"Judged_{title}.jpg"] if stays else [])
    assert title in answers.unillustrated(NEW)


def test_feedback_that_says_no_more_than_it_must_is_understood(answers: Answers) -> None:
    assert answers.suggested(NEW, "Tersely") == []


def test_outcomes_of_feedback(answers: Answers) -> None:
    outcomes: dict[str, list[str]] = {}
    for row in sorted(answers.tables["feedback"], key=lambda row: str(row["dt"])):
        outcomes.setdefault(row["file_name"], []).append(row["outcome"])
    assert outcomes["Judged_Both_flags.jpg"] == ["accepted"]
    assert outcomes["Judged_No_reasons.jpg"] == ["rejected"]
    assert outcomes["Judged_Reasons_alone.jpg"] == ["undecided"]
    assert outcomes["Judged_Rejected_then_undecided.jpg"] == ["rejected", "undecided"]
    assert "Judged_Section.jpg" not in outcomes


def test_every_level_of_the_rank_breaks_its_ties(answers: Answers) -> None:
    best_first = ("p18", "three", "two_on_three", "two_on_one", "two_nowhere", "lead_on_two")
    for wiki in WIKIS:
        assert answers.suggested(wiki, "Tie") == [
            f"Tie_{name}.jpg" for name in (*best_first, "B", "a", "Ａ", "😀")
        ]
    assert "Tie_depicted.jpg" in answers.candidates("Q7000")


def test_the_found_on_of_a_tie_has_each_wiki_once(answers: Answers) -> None:
    found_on = {name: row["found_on"] for name, row in answers.candidates("Q7000").items()}
    assert found_on["Tie_two_on_three.jpg"] == [OLD, MIXED, NEW]
    assert found_on["Tie_lead_on_two.jpg"] == [MIXED, NEW]
    assert found_on["Tie_two_nowhere.jpg"] is None


def test_judged_images_leave_their_place_to_the_next(answers: Answers) -> None:
    left = [1, 3, 4, 6, 7, 8, 9, 10, 11, 12]
    assert answers.suggested(OLD, "Many") == [f"Many_{number:02}.jpg" for number in left]
    unjudged = answers.suggested(OLD, "Many_unjudged")
    assert unjudged == [f"Many_{number:02}.jpg" for number in range(1, 11)]


def test_flags_are_the_articles_with_suggestions(answers: Answers) -> None:
    flags = answers.tables["wiki_flags"]
    suggested = answers.tables["filtered_suggestions"]
    assert [(r["wikiid"], r["page_id"]) for r in flags] == sorted(
        {(r["wiki_db"], r["page_id"]) for r in suggested}
    )
    assert {(r["page_namespace"], r["tag"], *r["values"]) for r in flags} == {
        (0, "recommendation.image", "exists|1")
    }
    both = answers.tables["commons_weighted_tags"] + flags
    assert answers.tables["search_index_full"] == both
