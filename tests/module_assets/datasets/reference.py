"""MODULES.md sections 2, 3, 5 and 6 in plain Python over rows as dictionaries: written from the
text of the contract, and sharing nothing with the code that it checks.
"""

import datetime as dt
from collections import Counter
from typing import Any

from tests.module_assets.datasets.reference_scores import (
    FAMILY_FEATURES,
    MODULE_FEATURES,
    ranked,
    scale,
    score,
)

Row = dict[str, Any]
Rows = list[Row]
World = dict[str, Rows]
DRAFT_WORDS = [
    *("sandbox", "sandbox2", "test", "tests", "testcase", "testcases", "testing", "doc"),
    *("documentation", "пясъчник", "песочница", "bac à sable", "spielwiese"),
]
YEAR = dt.timedelta(days=365)


def key(row: Row) -> tuple[str, int]:
    return row["wiki_db"], row["page_id"]


def picked(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def of(rows: Rows, module: Row) -> Rows:
    """The rows that are of a module."""
    return [row for row in rows if key(row) == key(module)]


class Contract:
    """All datasets of a world, which are added to it one after the other."""

    def __init__(self, world: World, day: dt.date) -> None:
        self.world = dict(world)
        self.day = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
        for name in NAMES:
            self.world[name] = getattr(self, name)()

    def knows(self, module: Row, source: str) -> bool:
        return {"wiki_db": module["wiki_db"], "source": source} in self.world["known_sources"]

    def is_draft(self, module: Row) -> bool:
        return next(row["is_draft"] for row in of(self.world["modules"], module))

    def wiki(self, module: Row) -> Row:
        return next(row for row in self.world["wikis"] if row["wiki_db"] == module["wiki_db"])

    def wikis(self) -> Rows:
        rows = []
        for site in self.world["wiki_sites"]:
            labels = site["host"].split(".")
            is_first = site["host"].endswith(".wikimedia.org")
            project = labels[0] if is_first or len(labels) < 2 else labels[-2]
            rows.append(
                {
                    **picked(site, "wiki_db", "language", "articles"),
                    "project": project,
                    "domain": site["host"],
                }
            )
        return rows

    def modules(self) -> Rows:
        rows = []
        for exported in self.world["exported_modules"]:
            parts = exported["title"].replace("_", " ").lower().split("/")
            items = [each["item_id"] for each in of(self.world["module_items"], exported)]
            row = {
                **exported,
                "is_draft": parts[0].startswith("user:") or bool({*parts} & {*DRAFT_WORDS}),
                "item_id": items[0] if items else None,
            }
            del row["text"]
            rows.append(row)
        return rows

    def module_text(self) -> Rows:
        return [picked(each, "wiki_db", "page_id", "text") for each in self._exported()]

    def _exported(self) -> Rows:
        return self.world["exported_modules"]

    def module_use(self) -> Rows:
        rows = []
        for module in self.world["modules"]:
            uses = [
                use
                for use in self.world["module_transclusions"]
                if (use["wiki_db"], use["title"]) == (module["wiki_db"], module["title"])
            ]
            articles = {use["from_page"] for use in uses if use["from_namespace"] == 0}
            views = sum(
                each["views"]
                for each in self.world["article_views"]
                if each["wiki_db"] == module["wiki_db"] and each["page_id"] in articles
            )
            rows.append(
                {
                    **picked(module, "wiki_db", "page_id"),
                    "transclusions": len({use["from_page"] for use in uses}),
                    "articles": len(articles),
                    "readers": views if self.knows(module, "pageviews") else None,
                }
            )
        return rows

    def module_links(self) -> Rows:
        rows = []
        for module in self.world["modules"]:
            languages = {each["language"] for each in of(self.world["module_languages"], module)}
            row = {
                **picked(module, "wiki_db", "page_id"),
                "languages": len(languages) if self.knows(module, "langlinks") else None,
            }
            for kind in ("edit", "move"):
                levels = [
                    each["level"]
                    for each in of(self.world["module_restrictions"], module)
                    if each["type"] == kind and self._lasts(each["expiry"])
                ]
                row[f"{kind}_level"] = max(levels, default=None)
            rows.append(row)
        return rows

    def _lasts(self, expiry: str | None) -> bool:
        if expiry in (None, "", "infinity", "infinite"):
            return True
        form = "%Y-%m-%d %H:%M:%S" if "-" in str(expiry) else "%Y%m%d%H%M%S"
        return dt.datetime.strptime(f"{expiry}+0000", f"{form}%z") > self.day

    def module_history(self) -> Rows:
        rows = []
        for module in self.world["modules"]:
            edits = of(self.world["module_edits"], module)
            times = [each["time"] for each in edits if each["time"]]
            counts: dict[str, int | None] = {
                "edits": len(edits),
                "minor_edits": sum(each["is_minor"] for each in edits),
                "anonymous_edits": sum(each["is_anonymous"] for each in edits),
                "recent_edits": sum(self.day - YEAR <= time < self.day for time in times),
                "editors": len({each["editor"] for each in edits} - {None}),
            }
            if not self.knows(module, "history"):
                counts = dict.fromkeys(counts)
            ends = {"first_edit": min(times, default=None), "last_edit": max(times, default=None)}
            rows.append({**picked(module, "wiki_db", "page_id"), **counts, **ends})
        return rows

    def module_code(self) -> Rows:
        own = ("name", "sketch", "band_keys", "own_functions", "own_references")
        return [
            {name: value for name, value in row.items() if name not in own}
            for row in self.world["analysis"]
        ]

    def module_functions(self) -> Rows:
        return [
            {**picked(row, "wiki_db", "page_id"), **function}
            for row in self.world["analysis"]
            for function in row["own_functions"]
        ]

    def module_references(self) -> Rows:
        pages = {(row["wiki_db"], row["title"]): row["page_id"] for row in self.world["modules"]}
        return [
            {
                **picked(row, "wiki_db", "page_id"),
                **reference,
                "target_page_id": pages.get((row["wiki_db"], reference["title"])),
            }
            for row in self.world["analysis"]
            for reference in row["own_references"]
        ]

    def _compared(self) -> Rows:
        return [row for row in self.world["analysis"] if row["kind"] in ("code", "data")]

    def shape_sketches(self) -> Rows:
        rows = {row["shape"]: row for row in self._compared()}
        return [picked(row, "shape", "sketch", "band_keys") for row in rows.values()]

    def module_names(self) -> Rows:
        return [picked(row, "wiki_db", "page_id", "shape", "name") for row in self._compared()]

    def shapes(self) -> Rows:
        rows = []
        for shape in {row["shape"] for row in self._compared()}:
            carrying = [row for row in self._compared() if row["shape"] == shape]
            counted = [row for row in carrying if not self.is_draft(row)]
            rows.append(
                {
                    **picked(carrying[0], "shape", "compared_by", "shingles", "sketch"),
                    "wikis": len({row["wiki_db"] for row in counted}),
                    "modules": len(counted),
                }
            )
        return rows

    def module_families(self) -> Rows:
        centres = {row["shape"]: row for row in self.world["shape_families"]}
        rows = []
        for row in self._compared():
            centre = centres[row["shape"]]
            best = self._representative(centre["centre"])
            relation = "near"
            for name, called in (
                ("shape", "localised"),
                ("code_hash", "formatting"),
                ("text_hash", "exact"),
            ):
                if row[name] == best[name]:
                    relation = called
            rows.append(
                {
                    **picked(row, "wiki_db", "page_id"),
                    "family_id": f"{best['wiki_db']}/{best['page_id']}",
                    "relation": relation,
                    "similarity": centre["similarity"],
                }
            )
        return rows

    def _representative(self, centre: str) -> Row:
        rows = [row for row in self._compared() if row["shape"] == centre]
        rows = [row for row in rows if not self.is_draft(row)] or rows
        for name in ("code_hash", "text_hash"):
            carried = {}
            for value in {row[name] for row in rows}:
                having = [row for row in rows if row[name] == value]
                carried[value] = -len({row["wiki_db"] for row in having}), -len(having), value
            most = min(carried, key=lambda value: carried[value])
            rows = [row for row in rows if row[name] == most]
        return min(rows, key=lambda row: (-self._use(row)["transclusions"], *key(row)))

    def _use(self, module: Row) -> Row:
        return of(self.world["module_use"], module)[0]

    def _dependents(self, module: Row) -> int:
        referring = {
            row["page_id"]
            for row in self.world["module_references"]
            if row["wiki_db"] == module["wiki_db"] and row["target_page_id"] == module["page_id"]
            if not self.is_draft(row)
        }
        return len(referring - {module["page_id"]})

    def families(self) -> Rows:
        rows = []
        for family_id in {row["family_id"] for row in self.world["module_families"]}:
            members = [
                row
                for row in self.world["module_families"]
                if row["family_id"] == family_id and not self.is_draft(row)
            ]
            wikis = {row["wiki_db"] for row in members}
            if len(wikis) < 2:
                continue
            wiki_db, page_id = family_id.split("/")
            best = {"wiki_db": wiki_db, "page_id": int(page_id)}
            code = of(self.world["module_code"], best)[0]
            titles = {row["title"] for row in of(self.world["module_references"], best)}
            hashes = {of(self.world["module_code"], row)[0]["code_hash"] for row in members}
            rows.append(
                {
                    "family_id": family_id,
                    "title": of(self.world["modules"], best)[0]["title"],
                    "kind": code["kind"],
                    "modules": len(members),
                    "wikis": len(wikis),
                    "copies": len(wikis) - 1,
                    "versions": len(hashes) - 1,
                    "languages": len({self.wiki(row)["language"] for row in members}) - 1,
                    "transclusions": sum(self._use(row)["transclusions"] for row in members),
                    "readers": known_sum([self._use(row)["readers"] for row in members]),
                    "dependents": sum(self._dependents(row) for row in members),
                    "independence": 1 / (1 + len(titles)),
                }
            )
        return rows

    def function_families(self) -> Rows:
        rows = []
        for shape in {row["shape"] for row in self.world["module_functions"]}:
            functions = [
                row
                for row in self.world["module_functions"]
                if row["shape"] == shape and not self.is_draft(row)
            ]
            if len({row["wiki_db"] for row in functions}) < 2:
                continue
            often = Counter(row["name"] for row in functions)
            families = {
                each["family_id"]
                for row in functions
                for each in of(self.world["module_families"], row)
            }
            rows.append(
                {
                    "shape": shape,
                    "name": min(often, key=lambda name: (-often[name], name)),
                    "tokens": functions[0]["tokens"],
                    "functions": len(functions),
                    "modules": len({key(row) for row in functions}),
                    "wikis": len({row["wiki_db"] for row in functions}),
                    "versions": len({row["code_hash"] for row in functions}) - 1,
                    "families": len(families),
                }
            )
        return rows

    def module_scores(self) -> Rows:
        rows = []
        for module in self.world["modules"]:
            code = of(self.world["module_code"], module)[0]
            if module["is_draft"] or module["is_redirect"] or code["kind"] not in ("code", "data"):
                continue
            links = of(self.world["module_links"], module)[0]
            articles, level = self.wiki(module)["articles"], links["edit_level"]
            values = {
                **of(self.world["module_history"], module)[0],
                **self._use(module),
                **links,
                "dependents": self._dependents(module),
                "tokens": code["tokens"],
                "is_protected": int(level is not None)
                if self.knows(module, "page_restrictions")
                else None,
            }
            values["reach"] = None if articles is None else values["articles"] / (articles + 1000)
            of_features = {
                name: scale(values[name], MODULE_FEATURES[name][0]) for name in MODULE_FEATURES
            }
            weights = {name: float(weight) for name, (_, weight) in MODULE_FEATURES.items()}
            rows.append(
                {
                    **picked(module, "wiki_db", "page_id"),
                    "score": score(of_features, weights),
                    **{f"{name}_scaled": value for name, value in of_features.items()},
                }
            )
        return rows

    def family_scores(self) -> Rows:
        weights = {name: float(weight) for name, (_, weight) in FAMILY_FEATURES.items()}
        of_features = {
            row["family_id"]: {
                name: scale(row[name], top) for name, (top, _) in FAMILY_FEATURES.items()
            }
            for row in self.world["families"]
        }
        lists = [weights]
        for name in weights:
            lists += [{**weights, name: weights[name] / 2}, {**weights, name: weights[name] * 2}]
        ranks = [ranked(of_features, each) for each in lists]
        return [
            {
                "family_id": family_id,
                "rank": ranks[0][family_id],
                "rank_best": min(each[family_id] for each in ranks),
                "rank_worst": max(each[family_id] for each in ranks),
                "score": score(features, weights),
                **{f"{name}_scaled": value for name, value in features.items()},
            }
            for family_id, features in of_features.items()
        ]


NAMES = (
    *("wikis", "modules", "module_text", "module_use", "module_links", "module_history"),
    *("module_code", "module_functions", "module_references", "shape_sketches", "module_names"),
    *("shapes", "module_families", "families", "function_families"),
    *("module_scores", "family_scores"),
)


def known_sum(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
