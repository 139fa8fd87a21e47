"""The lines of a rules file that follow from what was measured."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from imagesuggest_assets.catalog.judgements import ALL_WIKIS, OWN, SAMPLE, STRONGEST
from imagesuggest_assets.datasets.confidence import RULE_OF
from imagesuggest_assets.rules import Rules, WikiRules

Row = Mapping[str, Any]


def proposed_lines(rows: Sequence[Row], rules: Rules, wikis: Iterable[str]) -> list[str]:
    """Give the lines of rules that would be others, as TOML.

    ``rows`` are those of `measured_confidence`, ``wikis`` all that have suggestions: what is
    measured over all counts for those where nothing was rated, too.
    """
    measured = [row for row in rows if row["scope"] == SAMPLE]
    numbers = {kind: getattr(rules, name) for kind, name in RULE_OF.items()}
    steps = {
        kind: row["step"]
        for row in measured
        if _over_all(row) and not row["exact"] and row["from"] == STRONGEST
        for kind in row["kinds"]
        if row["step"] != numbers.get(kind, row["step"])
    }
    numbers |= steps
    alike = {_key(row): row["step"] for row in measured if _from(row, ALL_WIKIS) and _over_all(row)}
    own: dict[str, dict[str, int]] = {}
    for row in measured:
        if _from(row, OWN):
            own.setdefault(row["wiki_db"], {})[_key(row)] = row["step"]
    lines = [f"{RULE_OF[kind]} = {step}" for kind, step in sorted(steps.items())]
    for wiki in sorted({*wikis, *own, *rules.wikis}):
        now = rules.wikis.get(wiki, WikiRules())
        proposed = {
            kinds: step
            for kinds, step in {**alike, **own.get(wiki, {})}.items()
            if step != now.confidence.get(kinds, _highest(kinds, numbers))
        }
        if proposed:
            lines.append(_line(wiki, now, {**now.confidence, **proposed}))
    return lines


def _from(row: Row, source: str) -> bool:
    return bool(row["exact"] and row["from"] == source)


def _over_all(row: Row) -> bool:
    return row["wiki_db"] is None


def _key(row: Row) -> str:
    """Name a combination of kinds as the rules do."""
    return "+".join(row["kinds"])


def _highest(kinds: str, numbers: Mapping[str, int]) -> int:
    return max((numbers.get(kind, 0) for kind in kinds.split("+")), default=0)


def _line(wiki: str, now: WikiRules, confidence: Mapping[str, int]) -> str:
    """Write all rules of a wiki, since a file can have them once only."""
    values = {
        name: value
        for name, value in dict(now).items()
        if name != "confidence" and value != type(now).model_fields[name].default
    }
    told = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    percents = ", ".join(f'"{kinds}" = {step}' for kinds, step in sorted(confidence.items()))
    return f"wikis.{wiki} = {{{', '.join([*told, f'confidence = {{{percents}}}'])}}}"
