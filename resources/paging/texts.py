"""The words of a page: plain text that reads well in mail and in chat. Nothing is sent here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from resources.paging.problems import Incident, Kind, Problem, worst, worst_first

PRODUCT = "image suggestions"
TITLE = 120
"""Characters of a title, at most: more is cut off by mail programs and phones."""
WORST = 10
"""How many problems, and how many wikis, a page names."""


def compose(
    kind: Kind,
    incidents: Sequence[Incident],
    runbook: Mapping[str, str],
    key: str,
    now: datetime,
    product: str = PRODUCT,
) -> tuple[str, str]:
    """Write the title and the body of one page about some incidents, at least one.

    ``runbook`` has a paragraph by check; what is over needs none. The first line says what is
    wrong, so that it is what a telephone shows.
    """
    problems = worst_first(problem for incident in incidents for problem in incident.problems)
    snapshots = sorted({incident.snapshot for incident in incidents} - {""})
    paragraphs = [
        _first_line(kind, problems),
        _about(kind, incidents, problems, snapshots, now),
        _list(problems),
        _links(incidents),
        *([] if kind == "over" else _advice(incidents, runbook)),
        f"Page {key}, written {_time(now)}.",
    ]
    return _title(product, kind, incidents, problems, snapshots), "\n\n".join(
        filter(None, paragraphs)
    )


def _title(
    product: str,
    kind: Kind,
    incidents: Sequence[Incident],
    problems: Sequence[Problem],
    snapshots: Sequence[str],
) -> str:
    severity = worst(incident.severity for incident in incidents)
    mark = {"open": severity, "again": f"{severity} again", "over": "OVER"}[kind]
    where = " ".join([product, *snapshots[-1:]])
    head = f"[{mark}] {where}: "
    rest = f", and {len(problems) - 1:,} more" if len(problems) > 1 else ""
    return head + _cut(_says(problems[0]), TITLE - len(head) - len(rest)) + rest


def _first_line(kind: Kind, problems: Sequence[Problem]) -> str:
    text = f"{_says(problems[0])}{_more(problems)}."
    return f"Over: {text}" if kind == "over" else text


def _more(problems: Sequence[Problem]) -> str:
    others = len(problems) - 1
    wikis = len({problem.wiki for problem in problems} - {""})
    if not others:
        return ""
    what = "1 more problem" if others == 1 else f"{others:,} more problems"
    return f", and {what}" + (f" ({wikis:,} wikis)" if wikis > 1 else "")


def _about(
    kind: Kind,
    incidents: Sequence[Incident],
    problems: Sequence[Problem],
    snapshots: Sequence[str],
    now: datetime,
) -> str:
    wikis = list(dict.fromkeys(problem.wiki for problem in problems if problem.wiki))
    lines = []
    if snapshots:
        lines.append(f"{_plural('Snapshot', len(snapshots))}: {', '.join(snapshots)}")
    if wikis:
        others = len(wikis) - WORST
        more = f" and {others:,} {'other' if others == 1 else 'others'}" if others > 0 else ""
        lines.append(f"{_plural('Wiki', len(wikis))}: {', '.join(wikis[:WORST])}{more}")
    since = _time(min(incident.opened for incident in incidents))
    if kind == "again":
        lines.append(f"Still so, since {since}")
    if kind == "over":
        lines.append(f"It lasted from {since} to {_time(now)}")
    return "\n".join(lines)


def _list(problems: Sequence[Problem]) -> str:
    if len(problems) == 1:
        return ""
    head = f"The {WORST} worst of {len(problems):,}:" if len(problems) > WORST else "All of it:"
    lines = [f"- {problem.severity}: {_says(problem)}" for problem in problems[:WORST]]
    rest = problems[WORST:]
    if rest:
        errors = sum(problem.severity == "ERROR" for problem in rest)
        lines.append(f"- and {len(rest):,} more: {errors:,} ERROR, {len(rest) - errors:,} WARN")
    return "\n".join([head, *lines])


def _links(incidents: Sequence[Incident]) -> str:
    links = {
        f"- {incident.check} of {incident.dataset}: {incident.link}"
        for incident in incidents
        if incident.link
    }
    return "\n".join(["Where to look:", *sorted(links)]) if links else ""


def _advice(incidents: Sequence[Incident], runbook: Mapping[str, str]) -> list[str]:
    checks = sorted({incident.check for incident in incidents} & set(runbook))
    return [f"What to do ({check}):\n{runbook[check].strip()}" for check in checks]


def _says(problem: Problem) -> str:
    """Give the sentence in one line, without its stop, so that it can go on."""
    return " ".join(problem.says.split()).rstrip(".")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip(' ,;:')}…"


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
