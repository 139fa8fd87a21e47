"""The multilist rule of weighted tags (SPEC.md section 6), for servers without the plugin.

Tags are texts such as ``recommendation.image/exists|1``; what is before the first ``/`` is their
group. No server is known here.
"""

from collections.abc import Iterable

DELETE_GROUPING = "__DELETE_GROUPING__"
"""As the single value of a group: the group goes."""

Groups = dict[str, list[str]]
"""Tags by group, each tag whole, in the order in which they came."""


def groups_of(tags: Iterable[str]) -> Groups:
    """Sort tags by their group. A tag without ``/`` is a group of its own."""
    groups: Groups = {}
    for tag in tags:
        groups.setdefault(tag.partition("/")[0], []).append(tag)
    return groups


def apply(current: Iterable[str], update: Iterable[str]) -> list[str] | None:
    """Give the tags of a page after ``update``; None where they stay as they are.

    Groups that the update names are replaced whole, or go, the others stay. Order within a group
    does not matter, nor how often a tag occurs in it.
    """
    named = groups_of(update)
    kept: list[str] = []
    replaced: set[str] = set()
    for tag in current:
        if tag.partition("/")[0] in named:
            replaced.add(tag)
        else:
            kept.append(tag)
    wanted = dict.fromkeys(
        tag for group, tags in named.items() if not deletes(group, tags) for tag in tags
    )
    return None if replaced == wanted.keys() else [*kept, *wanted]


def deletes(group: str, tags: list[str]) -> bool:
    """Tell whether the tags that an update has for a group say that it is to go."""
    return tags == [f"{group}/{DELETE_GROUPING}"]
