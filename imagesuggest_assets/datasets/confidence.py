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

from graph.rows import looked_up
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
from imagesuggest_assets.catalog.measured import measured
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
_NO_WIKI, _OVER_ALL, _EXACTLY = "", "*", "="
"""No wiki and no kind is called so."""
_UNIT = ["scope", "wiki_db", "page_id", "item_id", "file_name"]
_GROUP = ["scope", "wiki_db", "exact", "combination"]


@dataset_asset(describe=measured)
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
    counted = _counted(_grouped(_said(ratings)))
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
        wiki_db=rows.wiki_db.fill_null(_NO_WIKI),
        page_id=rows.page_id.fill_null(0),
        known_as=known_as,
    )
    newest = ibis.window(
        group_by=[*_UNIT, "judge"], order_by=[rows.dt.desc(), rows.known_as, rows.outcome]
    )
    rows = rows.mutate(
        place=ibis.row_number().over(newest),
        last=rows.known_as.max().over(ibis.window(group_by=_UNIT)),
    )
    counts = rows.filter((rows.place == 0) | (rows.scope == USE))
    return counts.mutate(combination=counts["last"].substr(len("2026-11-02")))


def _grouped(said: Table) -> Table:
    """Give a rating once for each group that it belongs to: of exactly its kinds, and of each of
    them; of its wiki, and over all.
    """
    kinds = said.combination.split(" ")
    each = said.mutate(
        unit_wiki=said.wiki_db,
        combination=ibis.array([_EXACTLY + said.combination]).concat(kinds).unnest(),
    )
    each = each.mutate(
        wiki_db=ibis.array([each.wiki_db, _OVER_ALL]).unnest(),
        exact=each.combination.startswith(_EXACTLY),
        combination=each.combination.replace(_EXACTLY, ""),
    )
    return each.filter(each.wiki_db != _NO_WIKI)


def _counted(rated: Table) -> Table:
    """Count by group the files that most judges call good or bad, and those of which as many say
    one as the other; the judges, their decided ratings, and those of the one who gave most.
    """
    unit = [*_GROUP, "unit_wiki", "page_id", "item_id", "file_name"]
    rated = rated.mutate(
        yes=(rated.outcome == GOOD).cast("int64"), no=(rated.outcome == BAD).cast("int64")
    )
    units = rated.group_by(unit).agg(
        more=rated.yes.sum() - rated.no.sum(),
    )
    by_judge = rated.group_by([*_GROUP, "judge"]).agg(given=(rated.yes + rated.no).sum())
    by_judge = by_judge.filter(by_judge.given > 0)
    judges = by_judge.group_by(_GROUP).agg(
        judges=by_judge.count(), votes=by_judge.given.sum(), most=by_judge.given.max()
    )
    counted = units.group_by(_GROUP).agg(
        good=(units.more > 0).cast("int64").sum(),
        bad=(units.more < 0).cast("int64").sum(),
        undecided=(units.more == 0).cast("int64").sum(),
    )
    return looked_up(counted, judges, _GROUP)


def _strongest(kinds: ArrayValue) -> StringValue:
    """Give the strongest of kinds; the first by name where none is known."""
    each = [(kinds.contains(kind), kind) for kind in KINDS]
    return cast("StringValue", ibis.cases(*each, else_=kinds[0]))


def _proposed(rows: Table) -> Table:
    """Add what step is proposed, and what it follows from."""
    over_all = rows.enough & (rows.wiki_db == _OVER_ALL)

    def step_of_group(which: BooleanValue, *names: str) -> IntegerValue:
        step = ibis.ifelse(over_all & which, rows.own, ibis.null("int64"))
        return cast("IntegerValue", step.max().over(ibis.window(group_by=["scope", *names])))

    rows = rows.mutate(
        of_all=step_of_group(rows.exact, "combination", "exact"),
        of_strongest=step_of_group(~rows.exact, "strongest"),
    )

    def first(own: object, alike: object, kind: object, rule: object) -> ibis.Value:
        cases: list[tuple[BooleanValue, object]] = [
            (rows.scope == USE, None),
            (rows.exact & (rows.wiki_db != _OVER_ALL) & rows.enough, own),
            (rows.of_all.notnull(), alike),
            (rows.of_strongest.notnull(), kind),
        ]
        return ibis.cases(*cases, else_=rule)

    proposed = {
        "step": first(rows.own, rows.of_all, rows.of_strongest, rows.rule),
        "from": first(OWN, ALL_WIKIS, STRONGEST, RULE),
    }
    return rows.mutate(
        wiki_db=rows.wiki_db.nullif(_OVER_ALL),
        needed=ibis.ifelse(rows.scope == SAMPLE, rows.missing, ibis.null("int64")),
        **proposed,
    )
