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
    groups = groups_of(current)
    changed = False
    for group, tags in groups_of(update).items():
        wanted = [] if deletes(group, tags) else list(dict.fromkeys(tags))
        if set(groups.get(group, ())) == set(wanted):
            continue
        changed = True
        if wanted:
            groups[group] = wanted
        else:
            del groups[group]
    return [tag for tags in groups.values() for tag in tags] if changed else None


def deletes(group: str, tags: list[str]) -> bool:
    """Tell whether the tags that an update has for a group say that it is to go."""
    return tags == [f"{group}/{DELETE_GROUPING}"]
