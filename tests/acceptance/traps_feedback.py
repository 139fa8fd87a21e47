"""Trap cases about feedback: each is an article with one candidate and what people said of it."""

from typing import Any

from tests.acceptance.traps_world import World

REJECTED: dict[str, Any] = {"is_rejected": True, "rejection_reasons": ["notrelevant"]}
UNDECIDED: dict[str, Any] = {"is_rejected": True, "rejection_reasons": ["unfamiliar"]}
AFTER = "2024-05-20T12:00:00.250Z"
CANARY: dict[str, Any] = {"meta": {"domain": "canary", "dt": AFTER}}
META: dict[str, Any] = {"meta": {"domain": "new.example.org", "dt": AFTER}}

# Title: the events (fields by field), whether the candidate is still suggested.
VERDICTS: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "Accepted": ([{"is_accepted": True}], False),
    "Rejected": ([REJECTED], False),
    "Undecided": ([{}], True),
    "Unfamiliar": ([UNDECIDED], True),
    "Foreign": ([UNDECIDED | {"rejection_reasons": ["foreignlanguage", "unfamiliar"]}], True),
    "Unfamiliar_and_more": ([REJECTED | {"rejection_reasons": ["unfamiliar", "offensive"]}], False),
    "No_reasons": ([{"is_rejected": True}], False),
    "Null_reasons": ([{"is_rejected": True, "rejection_reasons": None}], False),
    "Reasons_alone": ([{"rejection_reasons": ["notrelevant"]}], True),
    "Both_flags": ([REJECTED | {"is_accepted": True}], False),
    "Section": ([REJECTED | {"section_title": "History"}], True),
    "Section_accepted": ([{"is_accepted": True, "section_title": "History"}], True),
    "Null_section": ([REJECTED | {"section_title": None}], False),
    "After": ([REJECTED | {"dt": AFTER}], False),
    "Rejected_then_undecided": ([REJECTED, {"dt": AFTER}], False),
    "Undecided_then_rejected": ([UNDECIDED, REJECTED | {"dt": AFTER}], False),
    "Other_wiki": ([REJECTED | {"wiki": "mixwiki"}], True),
    "Unknown_wiki": ([REJECTED | {"wiki": "pastwiki"}], True),
    "Deleted_page": ([REJECTED | {"page_id": 800_000}], True),
    "Other_file": ([REJECTED | {"filename": "Icon.svg"}], True),
    "Canary": ([REJECTED | CANARY], True),
    "No_file_of_the_page": ([REJECTED | {"filename": ""}], True),
    "Null_file": ([REJECTED | {"filename": None}], True),
    "Nameless_section": ([REJECTED | {"filename": "", "section_title": "History"}], True),
    "Page_as_text": ([REJECTED | {"page_id": "{page}"}], False),
    "Time_that_is_none": ([REJECTED | META | {"dt": "yesterday"}], False),
    "No_time": ([REJECTED | {"dt": None, "meta": []}], False),
    "Year_99999": ([REJECTED | {"dt": "99999-01-01T00:00:00Z"}], False),
    "Future": ([REJECTED | {"dt": "2999-12-31T23:59:59+02:00"}], False),
    "Twice": ([REJECTED, REJECTED], False),
    "Page_0": ([REJECTED | {"page_id": 0}], True),
    "No_wiki": ([REJECTED | {"wiki": None}], True),
    "Odd_wiki": ([REJECTED | {"wiki": ["newwiki"]}], True),
    "Page_true": ([REJECTED | {"page_id": True}], True),
    "File_number": ([REJECTED | {"filename": 7}], True),
    "Spelled": ([REJECTED | {"filename": " File:judged Spelled.jpg_"}], False),
    "Spelled_nfd_é": ([REJECTED | {"filename": "Judged_Spelled_nfd_e\u0301.jpg"}], False),
}


def add_feedback(world: World) -> None:
    """Every case of this module."""
    for number, (title, (events, _)) in enumerate(VERDICTS.items()):
        name = f"Judged_{title}.jpg"
        page = world.subject(world.new, title, f"Q{6000 + number}", name)
        for event in events:
            if event.get("page_id") == "{page}":
                event = event | {"page_id": f" {page}"}
            world.judge(world.new, page, name, **event)
    # No field beyond those that say something.
    name = "Judged_tersely.jpg"
    page = world.subject(world.new, "Tersely", "Q6100", name)
    terse = {"wiki": world.new.name, "page_id": page, "filename": name, "is_accepted": True}
    world.events.append(terse | {"dt": AFTER})
    # What is no object at all.
    world.events += [[1], 7, None]  # type: ignore[list-item]
