"""What is told of one family, of one module, and of how two modules differ: what the API answers
with, and what pages are made of.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from module_assets.answers import family, modules
from module_assets.answers.differences import View, difference
from module_assets.answers.published import Published
from resources.errors import UserError
from resources.web.problems import Problem

Told = dict[str, Any]
COMPARED_MOST = 400_000
"""Characters of each of two texts that are compared: more take a server too long."""


def found_at(there: Published, wiki: str, page_id: int) -> tuple[str, int]:
    """Find a module by its page. Raises Problem where there is none."""
    try:
        return modules.module_at(there, wiki, page_id)
    except UserError as error:
        raise Problem(404, str(error)) from error


def family_found(there: Published, wiki: str, page_id: int) -> str:
    """Find the family of a module, whichever of its modules that is. Raises Problem likewise."""
    try:
        return family.family_of(there, *modules.module_at(there, wiki, page_id))
    except UserError as error:
        raise Problem(404, str(error)) from error


def family_told(there: Published, family_id: str, weights: Mapping[str, float]) -> Told:
    """Tell all of a family, with its representative's code."""
    told = family.family_told(there, family_id, weights, code=True)
    return {"snapshot": there.key, "family_id": family_id, **told}


def module_told(there: Published, wiki: str, page_id: int, weights: Mapping[str, float]) -> Told:
    """Tell all of a module."""
    facts = modules.facts_of(there, wiki, page_id)
    reasons = modules.reasons(there, facts, weights)
    return {
        "snapshot": there.key,
        **{name: value for name, value in facts.items() if not name.endswith("_scaled")},
        "reasons": [asdict(each) for each in reasons],
        "refers_to": modules.refers_to(there, wiki, page_id),
        "referred_by": modules.referred_by(there, wiki, page_id),
        "own_functions": modules.functions_of(there, wiki, page_id),
        "code": modules.text_of(there, wiki, page_id),
    }


def difference_told(there: Published, first: str, second: str, view: View) -> Told:
    """Tell how two modules differ. Raises Problem for one that is not there, or too large."""
    try:
        both = modules.texts_named(there, first, second)
    except UserError as error:
        raise Problem(404, str(error)) from error
    for name, text in both:
        if len(text) > COMPARED_MOST:
            raise Problem(
                400,
                f"{name} has {len(text):,} characters; expected {COMPARED_MOST:,} at most to be "
                "compared here; `modules diff` compares any",
            )
    (a, one), (b, other) = both
    lines = difference(one, other, (a, b), view)
    return {"a": a, "b": b, "view": view, "same": not lines, "lines": lines}
