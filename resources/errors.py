"""The errors a person can act on: which file, where in it, what was expected, what to do."""

import os


class UserError(Exception):
    """Something the person who started the run can put right; its text is all they need."""


class RefusedError(UserError):
    """What somebody asked for can not be done as asked. It is told to them, and pages nobody."""


class NothingThereError(UserError):
    """Nothing was made yet that could be read at a place. ``why`` says so without naming it, for
    anybody to be told.
    """

    def __init__(self, place: os.PathLike[str] | str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.why = why


class StoppedError(Exception):
    """Something else failed, so that there is no use in going on. Nobody is told of it."""


class UnreachableError(UserError):
    """A lake at an address does not answer, or not as it should."""


class InputError(UserError):
    """An input file that cannot be used.

    ``where`` says which place in the file ("row 17", "line 3", "byte 4096"), ``problem`` what was
    found and what was expected, ``advice`` what to do next. Survives pickling, since files are
    read in other processes.
    """

    def __init__(
        self, path: os.PathLike[str] | str, problem: str, *, where: str = "", advice: str = ""
    ) -> None:
        super().__init__(path, problem, where, advice)
        self.path = path
        self.problem = problem
        self.where = where
        self.advice = advice

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the same keywords."""
        return _rebuild, (type(self), str(self.path), self.problem, self.where, self.advice)

    def __str__(self) -> str:
        """``<file>, <where>: <problem>; <advice>`` in one line."""
        place = f"{self.path}, {self.where}" if self.where else str(self.path)
        text = f"{place}: {self.problem}"
        return f"{text}; {self.advice}" if self.advice else text


def _rebuild(
    kind: type[InputError], path: str, problem: str, where: str, advice: str
) -> InputError:
    return kind(path, problem, where=where, advice=advice)
