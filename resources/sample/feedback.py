"""What people thought of suggestions: feedback events, some of them odd, one file a week."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from resources.sample.columns import Ints, stream
from resources.sample.commons import Commons
from resources.sample.plan import NEVER, Plan
from resources.sample.sql import DumpFile, GzipFile
from resources.sample.subjects import Subjects
from resources.sample.wiki import Wiki

ODD_EVERY = 20
"""Of so many events of a file one more can not be understood."""
FOLDER = "event/mediawiki_image_suggestions_feedback"
MOST_EVENTS = 60_000
REASONS: tuple[list[str], ...] = (
    ["notrelevant"],
    ["noinfo"],
    ["offensive"],
    ["lowquality", "notrelevant"],
    ["other"],
    ["unfamiliar", "notrelevant"],
    ["unfamiliar"],
    ["foreignlanguage"],
    ["foreignlanguage", "unfamiliar"],
    [],
)


def write_feedback(
    plan: Plan, wikis: Sequence[Wiki], subjects: Subjects, commons: Commons, folder: Path
) -> list[DumpFile]:
    """Events of each week, and of the days after the newest snapshot, which count as well."""
    weeks: dict[int, list[dict[str, Any]]] = {}
    for wiki in wikis:
        for week, event in _events(plan, wiki, subjects, commons):
            weeks.setdefault(week, []).append(event)
    written = []
    for week in sorted(weeks):
        events = sorted(weeks[week], key=lambda event: str(event["meta"]["dt"]))
        events = [_canary(events[0]), *events, *map(_odd, events[ODD_EVERY - 1 :: ODD_EVERY])]
        with GzipFile(folder / FOLDER / f"{plan.day(week):%Y%m%d}.json.gz") as file:
            for event in events:
                file.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")
            file.rows = len(events)
            written.append(file.finish())
    return written


def _events(
    plan: Plan, wiki: Wiki, subjects: Subjects, commons: Commons
) -> list[tuple[int, dict[str, Any]]]:
    """(week, event): judged are pictures of the subject of articles that were still without."""
    generator = stream(plan.seed, "feedback", wiki.name)
    known = wiki.items >= 0
    files = np.where(known, subjects.files[np.maximum(wiki.items, 0)], 0)
    waiting = np.flatnonzero((files > 0) & (wiki.pictured_from > 0))
    chosen = waiting[generator.random(len(waiting)) < 0.2][:MOST_EVENTS]
    events: list[tuple[int, dict[str, Any]]] = []
    for article in chosen.tolist():
        week, verdict, again, shift = _drawn(generator, plan, int(wiki.pictured_from[article]))
        file = int(subjects.first_file[wiki.items[article]]) + shift % int(files[article])
        name = commons.names[file].as_py().decode()
        page = int(wiki.page_ids[article])
        events.append((week, _event(generator, plan, wiki.name, page, name, week, verdict)))
        if again < 12:  # people change their minds; the newest event counts
            later = min(week + 1, plan.snapshots)
            changed = _event(generator, plan, wiki.name, page, name, later, again * 8)
            events.append((later, changed))
    return events


def _drawn(generator: np.random.Generator, plan: Plan, pictured: int) -> tuple[int, int, int, int]:
    """Week, verdict and second verdict from 0 to 99, and which file; accepted pictures get used."""
    numbers: Ints = generator.integers(0, 100, 4)
    week = int(numbers[0]) % (plan.snapshots + 1)
    if pictured < NEVER:
        return pictured - 1, 0, 99, 0
    return week, int(numbers[1]), int(numbers[2]), int(numbers[3])


def _event(
    generator: np.random.Generator,
    plan: Plan,
    wiki: str,
    page: int,
    name: str,
    week: int,
    verdict: int,
) -> dict[str, Any]:
    """An event of the week before a snapshot; verdicts below 30 accept, below 90 reject."""
    seconds = int(generator.integers(0, 7 * 86_400))
    start = datetime.combine(plan.day(week), time(), UTC) - timedelta(weeks=1)
    moment = (start + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.") + "123Z"
    accepted, rejected = verdict < 30, 30 <= verdict < 90
    event: dict[str, Any] = {
        "$schema": "/mediawiki/image_suggestions_feedback/2.1.0",
        "meta": {
            "stream": "mediawiki.image_suggestions_feedback",
            "domain": f"{wiki.removesuffix('wiki')}.wikipedia.org",
            "dt": moment,
        },
        "dt": moment,
        "wiki": wiki,
        "page_id": page,
        "filename": name.replace("_", " ") if verdict % 7 == 3 else name,
        "user_id": 1 + seconds % 997,
        "origin_wiki": "commonswiki",
        "is_accepted": accepted,
        "is_rejected": rejected,
        "rejection_reasons": REASONS[verdict % len(REASONS)] if rejected else [],
    }
    if verdict >= 96:  # no file of the page was valid
        event["filename"] = ""
    if seconds % 17 == 0:
        event["page_id"] = str(page)
    if seconds % 23 == 0:  # a client without a clock
        event["dt"] = "0000-00-00T00:00:00Z"
    if verdict % 11 == 5:
        event |= {"section_title": "History", "section_ordinal": 2}
    elif verdict % 2:
        event |= {"section_title": None}
    return event


def _canary(event: dict[str, Any]) -> dict[str, Any]:
    """What every stream carries so that somebody sees that it flows: nobody has said it."""
    meta = event["meta"] | {"domain": "canary"}
    return event | {"meta": meta, "is_accepted": True, "is_rejected": False}


def _odd(event: dict[str, Any]) -> dict[str, Any]:
    """What nobody can understand: it is about no page."""
    return event | {"page_id": 0}
