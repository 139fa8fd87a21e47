"""The address of a page, in which all of its state is: how others are made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from module_assets.scores import Feature
from module_assets.server.asked import OFFSET_MOST
from resources.web.prefix import path_of

WEIGHT = "weight_"
"""How the fields of a form are called that become ``weights``."""


@dataclass(frozen=True)
class Address:
    """A path, with its prefix, and a query."""

    path: str
    query: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, request: Request) -> "Address":
        """Give the address of a request."""
        return cls(path_of(request), tuple(request.query_params.multi_items()))

    def __str__(self) -> str:
        # Commas and colons, which weights have, need no escape, and are read more easily.
        return f"{self.path}?{urlencode(self.query, safe=',:/')}" if self.query else self.path

    def at(self, path: str) -> "Address":
        """Give the same query of another path."""
        return Address(path, self.query)

    def but(self, **changed: object) -> "Address":
        """Give the address with some of its query changed; what is "" is left away."""
        kept = [each for each in self.query if each[0] not in changed]
        new = [(name, str(value)) for name, value in changed.items() if str(value)]
        return Address(self.path, (*kept, *new))

    def only(self, *names: str) -> "Address":
        """Give the address with some of its query alone."""
        return Address(self.path, tuple(each for each in self.query if each[0] in names))


def of_form(address: Address, features: Sequence[Feature]) -> Address:
    """Give the address that a form's address means: its weights in one parameter, and only those
    that are not the usual ones; nothing that is empty. The same one where it came from no form.
    """
    query = QueryParams(list(address.query))
    usual = {f"{WEIGHT}{each.name}": f"{each.weight:g}" for each in features}
    kept = [(name, value) for name, value in address.query if name not in usual and value]
    given = [(name, query[name].strip()) for name in usual if name in query]
    if given:
        chosen = [
            f"{name.removeprefix(WEIGHT)}:{value}"
            for name, value in given
            if value and value != usual[name]
        ]
        kept = [each for each in kept if each[0] != "weights"]
        kept += [("weights", ",".join(chosen))] if chosen else []
    return Address(address.path, tuple(kept))


def neighbours(address: Address, limit: int, offset: int, more: bool) -> tuple[str, str]:
    """Give the addresses of the parts of a list before and after one; "" where there is none."""
    back = max(offset - limit, 0)
    before = str(address.but(offset=back or "")) if offset else ""
    following = offset + limit
    after = str(address.but(offset=following)) if more and following <= OFFSET_MOST else ""
    return before, after
