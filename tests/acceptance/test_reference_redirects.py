"""The reference against what a person worked out: redirects of files, hidden ones, odd entities."""

import pytest

from tests.acceptance.reference import compute
from tests.acceptance.reference_answers import Answers
from tests.acceptance.traps import write_traps
from tests.acceptance.traps_entities import ODD
from tests.acceptance.traps_redirects import MEANT, NAMES
from tests.acceptance.traps_world import MIXED, NEW, OLD


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    folder = tmp_path_factory.mktemp("traps")
    return Answers(compute(folder, write_traps(folder)))


def _names() -> list[str]:
    return [name.replace("moved as_ typed", "Moved_as_typed") for name in NAMES]


def test_redirects_are_those_of_file_pages_to_files_of_the_same_site(answers: Answers) -> None:
    found = {row["file_name"]: row["target"] for row in answers.tables["file_redirects"]}
    assert {name: target for name, target in found.items() if name.startswith("Moved")} == {
        "Moved.jpg": "Goal.jpg",
        "Moved_as_typed.jpg": "Goal.jpg",
        "Moved_twice.jpg": "Moved.jpg",
        "Moved_in_a_circle.jpg": "Moved_in_a_circle.jpg",
        "Moved_to_nowhere.jpg": "Nowhere_at_all.jpg",
    }


def test_claims_keep_the_name_as_typed_and_suggest_what_it_means(answers: Answers) -> None:
    for number, name in enumerate(_names()):
        expected = ["Goal.jpg"] if name in MEANT else []
        # Not a redirect any more: the file itself.
        expected = [name] if name == "Moved_long_ago.jpg" else expected
        assert answers.claims(f"Q{8100 + number}", "P18") == {name}
        assert answers.suggested(NEW, f"Claims_{number}") == expected
    assert set(answers.candidates("Q8130")) == {"Goal.jpg", "Moved_long_ago.jpg"}
    items = ("Q8100", "Q8101", "Q8102", "Q8130")
    assert answers.values("Goal.jpg", "p18") == [f"{item}|1000" for item in items]


@pytest.mark.parametrize("wiki", [OLD, NEW, MIXED])
def test_a_link_by_an_old_name_illustrates_whoever_has_the_file(
    answers: Answers, wiki: str
) -> None:
    # The old wiki has a file of its own called as what one of them redirects to.
    there = {*MEANT, "Moved_long_ago.jpg", *(["Moved_twice.jpg"] if wiki == OLD else [])}
    illustrated = {number for number, name in enumerate(_names()) if name in there}
    found = {title for title in answers.unillustrated(wiki) if title.startswith("Links_moved_")}
    numbers = set(range(len(NAMES))) - illustrated
    assert found == {f"Links_moved_{number}" for number in numbers}
    expected = {OLD: "Moved.jpg", NEW: "Goal.jpg", MIXED: "Goal.jpg"}[wiki]
    assert answers.of_title("image_links", "file_name", wiki, "Links_moved_1") == {expected}


def test_a_lead_image_by_an_old_name_counts_where_no_wiki_hides_it(answers: Answers) -> None:
    # The old wiki has a file of the old name, the mixed one of the new name.
    assert answers.candidates("Q8300")["Goal.jpg"]["found_on"] == [NEW]
    assert answers.values("Goal.jpg", "lead_image") == ["Q8300|4"]
    shown = {wiki: answers.suggested(wiki, "Is_not_led") for wiki in (OLD, NEW, MIXED)}
    assert shown == {OLD: ["Goal.jpg"], NEW: ["Goal.jpg"], MIXED: []}


def test_only_the_name_that_is_suggested_is_hidden(answers: Answers) -> None:
    assert [answers.suggested(wiki, "Hides_0") for wiki in (OLD, NEW, MIXED)] == [
        ["Hides_me.jpg"],
        ["Hides_me.jpg"],
        [],
    ]
    assert answers.suggested(MIXED, "Hides_1") == ["Goal_of_hidden.jpg"]


@pytest.mark.parametrize(("number", "title"), list(enumerate(ODD)))
def test_an_entity_that_is_not_understood_has_no_claims_at_all(
    answers: Answers, number: int, title: str
) -> None:
    understood = ODD[title][1]
    assert answers.suggested(NEW, title) == (["Of_odd.jpg"] if understood else [])
    assert bool(answers.claims(f"Q{9000 + number}", "P18")) is understood


def test_a_class_may_be_a_number_as_text(answers: Answers) -> None:
    assert "Class_as_text" not in answers.unillustrated(NEW)
    assert "Value_is_text" in answers.unillustrated(NEW)


def test_what_a_file_oddly_depicts_is_dropped_with_all_else_it_depicts(answers: Answers) -> None:
    page_id = answers.file_ids["Depicts_oddly.jpg"]
    assert page_id not in {row["page_id"] for row in answers.tables["depicts"]}
