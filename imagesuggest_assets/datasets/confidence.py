"""How sure suggestions are by what people said of them: SPEC.md section 14.

Whose say counts, and what of the rules' numbers follows. Where ratings come from is in ratings.py.
"""

from typing import cast

import ibis
from ibis import Table
from ibis.expr.types import (
    ArrayValue,
    BooleanValue,
    FloatingValue,
    IntegerValue,
    NumericValue,
    StringValue,
)

from imagesuggest_assets.catalog import pictures
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.catalog.judgements import (
    ALL_WIKIS,
    BAD,
    GOOD,
    MEASURE,
    OWN,
    RULE,
    SAMPLE,
    STRONGEST,
    USE,
)
from imagesuggest_assets.datasets.candidates import KIND_OF
from imagesuggest_assets.rules import Rules
from resources.stores.kinds import KINDS

TWO_SIDED, ONE_SIDED = 1.959964, 1.6449
"""How many standard errors 95 % are, to both sides and to one."""
JUDGES_LEAST = 3
HIGHEST_STEP = 90
"""No number of ratings proves that none is bad."""
RULE_OF = {kind: f"{signal}_confidence" for signal, kind in KIND_OF.items()}
"""The rule that has the confidence of each kind."""
_OVER_ALL = ""
_UNIT = ["scope", "wiki_db", "page_id", "item_id", "file_name", "combination"]
_GROUP = ["scope", "wiki_db", "exact", "combination"]


@dataset_asset(describe=pictures.measured)
def measured_confidence(ratings: Table, rules: Rules) -> Table:
    """Of each judge the newest rating of a file for an article counts, and what most judges say of
    it. `low` and `high` are Wilson's interval of 95 %, `step` is its lower bound to one side,
    rounded down to tens: of the first of these kinds on the wiki, these kinds on all wikis, and the
    strongest of them on all wikis, that has enough ratings by enough judges; else it is the rule's
    number. Nothing changes by itself.
    """
    return measure(ratings, rules)


def measure(ratings: Table, rules: Rules) -> Table:
    """Give the rows of `measured_confidence`."""
    said = _said(ratings)
    counted = _grouped(_verdicts(said)).group_by(_GROUP)
    counted = counted.agg(**{name: ibis._[name].sum() for name in ("good", "bad", "undecided")})
    counted = _add(counted, _judges(said), _GROUP)
    n = (counted.good + counted.bad).nullif(0)
    rows = counted.mutate(
        kinds=counted.combination.split(" "),
        share=counted.good / n,
        low=wilson(counted.good, n, -TWO_SIDED),
        high=wilson(counted.good, n, TWO_SIDED),
        own=step_of(counted.good, n),
        missing=needed(counted.good, n, rules.ratings_least),
        enough=(
            (counted.scope == SAMPLE)
            & (n >= rules.ratings_least)
            & (counted.judges >= JUDGES_LEAST)
            & (2 * counted.most <= counted.votes)
        ).fill_null(False),
    )
    rows = rows.mutate(rule=rule_number(rows, rules), strongest=_strongest(rows.kinds))
    return _proposed(rows)


def wilson(good: NumericValue, n: NumericValue, errors: float) -> FloatingValue:
    """Give the bound of Wilson's interval that is so many standard errors away: below the share
    where they are negative, above it where they are positive. NULL where n is.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22 (1927).
    """
    share, square = good / n, errors * errors
    middle = share + square / (2 * n)
    away = errors * (share * (1 - share) / n + square / (4 * n * n)).sqrt()
    bound = ((middle + away) / (1 + square / n)).clip(0.0, 1.0)
    # Where all are good or bad, what is left of rounding is no part of the interval.
    return cast("FloatingValue", bound.round(9))


def step_of(good: NumericValue, n: NumericValue) -> IntegerValue:
    """Give the confidence that follows: the lower bound to one side, rounded down to tens."""
    return _tens(wilson(good, n, -ONE_SIDED))


def needed(good: IntegerValue, n: IntegerValue, least: int) -> IntegerValue:
    """Give how many ratings are missing until the step is that of the share, if that stays as it
    is, and until there are enough. NULL where the share is just on a step, which is never reached.

    The lower bound reaches t at n = z² t (1 - t) / (p - t)², p being the share.
    """
    tenths = ibis.least((10 * good) // n, HIGHEST_STEP // 10)
    above = (10 * good - tenths * n).nullif(0)
    at = (ONE_SIDED * ONE_SIDED * tenths * (10 - tenths) * n / above * n / above).ceil()
    at = ibis.ifelse(tenths == 0, 0, at)
    # The greatest of NULL and a number is that number.
    missing = ibis.ifelse(at.notnull(), ibis.greatest(at, least, n) - n, ibis.null("float64"))
    return cast("IntegerValue", missing.cast("int64"))


def _tens(share: NumericValue) -> IntegerValue:
    # 0.7 * 10 is a little less than 7.
    return cast("IntegerValue", 10 * (share * 10 + 1e-9).floor().cast("int64"))


def rule_number(rows: Table, rules: Rules) -> IntegerValue:
    """Give the confidence that rules have for ``kinds``, on ``wiki_db`` where that has its own."""
    numbers = [
        ibis.ifelse(rows.kinds.contains(kind), getattr(rules, name), 0)
        for kind, name in RULE_OF.items()
    ]
    highest = ibis.greatest(*numbers).cast("int64")
    own = own_confidence(rows.wiki_db, rows.kinds, highest, rules)
    return cast("IntegerValue", ibis.ifelse(rows.exact, own, highest))


def own_confidence(
    wiki: StringValue, kinds: ArrayValue, otherwise: IntegerValue, rules: Rules
) -> IntegerValue:
    """Give a wiki's own confidence of exactly these kinds where its rules have one."""
    each = [
        ((wiki == name) & (kinds.join("+") == combination), percent)
        for name, own in rules.wikis.items()
        for combination, percent in own.confidence.items()
    ]
    found = ibis.cases(*each, else_=otherwise) if each else otherwise
    return cast("IntegerValue", found.cast("int64"))


def _said(ratings: Table) -> Table:
    """Give the ratings that count: of each judge the newest of a file for an article.

    ``combination`` are the kinds that the file had when it was last rated, with a blank between. An
    event tells nobody, and is a say of its own.
    """
    rows = ratings.filter(ratings["mode"].isin([MEASURE, USE]))
    known_as = rows.snapshot + rows.kinds.join(" ")
    rows = rows.mutate(
        scope=ibis.ifelse(rows["mode"] == USE, USE, SAMPLE),
        # An article's item may come to be another; it is the same article.
        item_id=ibis.ifelse(rows.wiki_db.isnull(), rows.item_id, ""),
        wiki_db=rows.wiki_db.fill_null(_OVER_ALL),
        page_id=rows.page_id.fill_null(0),
        known_as=known_as,
    )
    unit = [name for name in _UNIT if name != "combination"]
    newest = ibis.window(
        group_by=[*unit, "judge"], order_by=[rows.dt.desc(), rows.known_as, rows.outcome]
    )
    rows = rows.mutate(
        place=ibis.row_number().over(newest),
        last=rows.known_as.max().over(ibis.window(group_by=unit)),
    )
    counts = rows.filter((rows.place == 0) | (rows.scope == USE))
    return counts.mutate(combination=counts["last"].substr(len("2026-11-02")))


def _verdicts(said: Table) -> Table:
    """Give for each file of an article whether more judges call it good or bad; one of good, bad
    and undecided is 1.
    """
    units = said.group_by(_UNIT).agg(
        yes=(said.outcome == GOOD).cast("int64").sum(),
        no=(said.outcome == BAD).cast("int64").sum(),
    )
    return units.mutate(
        good=(units.yes > units.no).cast("int64"),
        bad=(units.yes < units.no).cast("int64"),
        undecided=(units.yes == units.no).cast("int64"),
    )


def _judges(said: Table) -> Table:
    """Count by group the judges, their decided ratings, and those of the one who gave most."""
    decided = _grouped(said.filter(said.outcome.isin([GOOD, BAD])))
    by_judge = decided.group_by([*_GROUP, "judge"]).agg(given=decided.count())
    return by_judge.group_by(_GROUP).agg(
        judges=by_judge.count(), votes=by_judge.given.sum(), most=by_judge.given.max()
    )


def _grouped(rows: Table) -> Table:
    """Give rows for each group that they belong to: of exactly their kinds, and of each of them; of
    their wiki, and over all.
    """
    exact = rows.mutate(exact=ibis.literal(True))
    single = rows.mutate(
        exact=ibis.literal(False), combination=rows.combination.split(" ").unnest()
    )
    both = exact.union(single, distinct=False)
    by_wiki = both.filter(both.wiki_db != _OVER_ALL)
    return by_wiki.union(both.mutate(wiki_db=ibis.literal(_OVER_ALL)), distinct=False)


def _strongest(kinds: ArrayValue) -> StringValue:
    """Give the strongest of kinds; the first by name where none is known."""
    each = [(kinds.contains(kind), kind) for kind in KINDS]
    return cast("StringValue", ibis.cases(*each, else_=kinds[0]))


def _proposed(rows: Table) -> Table:
    """Add what step is proposed, and what it follows from."""
    over_all = rows.filter(rows.enough & (rows.wiki_db == _OVER_ALL))
    alike = over_all.filter(over_all.exact)
    alike = alike.select("scope", "exact", "combination", step_of_all=alike.own)
    kind = over_all.filter(~over_all.exact)
    kind = kind.select("scope", strongest=kind.combination, step_of_kind=kind.own)
    rows = _add(rows, alike, ["scope", "exact", "combination"])
    rows = _add(rows, kind, ["scope", "strongest"])

    def first(own: object, alike: object, kind: object, rule: object) -> ibis.Value:
        cases: list[tuple[BooleanValue, object]] = [
            (rows.scope == USE, None),
            (rows.exact & (rows.wiki_db != _OVER_ALL) & rows.enough, own),
            (rows.step_of_all.notnull(), alike),
            (rows.step_of_kind.notnull(), kind),
        ]
        return ibis.cases(*cases, else_=rule)

    proposed = {
        "step": first(rows.own, rows.step_of_all, rows.step_of_kind, rows.rule),
        "from": first(OWN, ALL_WIKIS, STRONGEST, RULE),
    }
    return rows.mutate(
        wiki_db=rows.wiki_db.nullif(_OVER_ALL),
        needed=ibis.ifelse(rows.scope == SAMPLE, rows.missing, ibis.null("int64")),
        **proposed,
    )


def _add(rows: Table, more: Table, keys: list[str]) -> Table:
    return rows.left_join(more, keys).drop(*(f"{key}_right" for key in keys))
