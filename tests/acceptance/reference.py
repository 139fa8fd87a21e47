"""SPEC sections 3 to 6 in plain dictionaries and sets: what the product must compute.

Written from SPEC alone, without sight of the product, so that agreement means something. The
canonical tables are in ``reference_tables``, reading in ``reference_reading``.
"""

from collections import Counter, defaultdict
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.acceptance.reference_tables import Row, Tables, canonical_tables

PLAUSIBLE_ITEMS = 99
HUGE_CATEGORY = 100_000
SMALLEST_WIDTH = 100
SUGGESTIONS = 10
PLACEHOLDER_CATEGORIES = {"Image_placeholders"}
FORBIDDEN = (
    *("flag", "noantimage", "no_free_image", "image_manquante", "replace_this_image"),
    *("disambig", "regions", "map", "default", "defaut", "falta_imagem_", "imagena"),
    *("noimage", "noenzyimage"),
)
EXTENSIONS = {"jpg", "jpeg", "png", "gif", "svg", "tif", "tiff", "webp"}
EXCLUDED_CLASSES = {
    f"Q{number}"
    for number in (
        *(13406463, 4167410, 577, 29964144, 3186692, 14795564, 3311614, 21199),
        *(28920044, 28920052, 82799, 101352, 202444, 12308941, 11879590, 3409032),
    )
}
TAGS = {
    "p18": "image.linked.from.wikidata.p18",
    "p373": "image.linked.from.wikidata.p373",
    "lead_image": "image.linked.from.wikipedia.lead_image",
}
KINDS = {
    "p18": ("istype-wikidata-image", 90),
    "p373": ("istype-commons-category", 80),
    "lead_image": ("istype-lead-image", 80),
    "depicts": ("istype-depicts", 70),
}


def compute(dumps: Path, snapshot: str, wikis: list[str] | None = None) -> Tables:
    """Every canonical table and dataset of SPEC sections 2 to 6 by name, as lists of dicts.

    Lists (``kinds``, ``found_on``, ``values``) are lists of str, NULL is None, ``dt`` an aware
    datetime; the order of rows means nothing. ``wikis``: all with a dump of the snapshot's date.
    """
    tables = canonical_tables(dumps, snapshot, wikis)
    world = _World(tables)
    tables["commons_weighted_tags"] = world.weighted_tags()
    tables["overused_files"] = world.overused_files()
    tables["candidate_images"] = world.candidate_images()
    tables["unillustrated_articles"] = world.unillustrated_articles()
    tables["filtered_suggestions"] = suggestions(tables, {})
    tables["wiki_flags"] = [
        _tagged(wiki, page_id, 0, "recommendation.image", ["exists|1"])
        for wiki, page_id in sorted(
            {(row["wiki_db"], row["page_id"]) for row in tables["filtered_suggestions"]}
        )
    ]
    tables["search_index_full"] = [*tables["commons_weighted_tags"], *tables["wiki_flags"]]
    return tables


def rounded(value: Fraction | Decimal) -> int:
    """The nearest integer, halves away from zero."""
    if isinstance(value, Decimal):
        return int(value.to_integral_value(ROUND_HALF_UP))
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


def category_score(files: int) -> int:
    """round(1000 / log2(n + 1)): exact where log2 is whole, 50 digits where it is irrational."""
    successor = max(files, 1) + 1
    if successor & (successor - 1) == 0:
        return rounded(Fraction(1000, successor.bit_length() - 1))
    with localcontext(prec=50):
        return rounded(1000 * Decimal(2).ln() / Decimal(successor).ln())


def lead_image_score(links: int) -> int:
    """1000 from 5,000 incoming links on, else a fifth of them."""
    return 1000 if links >= 5000 else rounded(Fraction(links, 5))


def overuse_threshold(articles: int) -> int:
    """How many articles of a wiki of that size may link one file."""
    if articles < 50_000:
        fifteenth = max(Fraction(15 * articles, 50_000), Fraction(15, 4))
        return -(-fifteenth.numerator // fifteenth.denominator)
    with localcontext(prec=50):
        bound = 15 * ((Decimal(articles) / 50_000).log10() + 1)
        return int(bound.to_integral_value(ROUND_CEILING))


class _World:
    """The canonical tables as lookups, with the signals that survive the left-outs."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.files = {row["page_id"]: row for row in tables["commons_files"]}
        self.page_of_file = {row["file_name"]: row["page_id"] for row in tables["commons_files"]}
        self.local = {(row["wiki_db"], row["file_name"]) for row in tables["local_files"]}
        self.articles = {
            (row["wiki_db"], row["page_id"]): row
            for row in tables["pages"]
            if row["namespace"] == 0 and not row["is_redirect"] and row["wiki_db"] != "commonswiki"
        }
        self.item_of = {(r["wiki_db"], r["page_id"]): r["item_id"] for r in tables["page_items"]}
        self.claims: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in tables["item_claims"]:
            self.claims[row["property"]].append((row["item_id"], row["value"]))
        self.scores = {
            signal: _plausible(pairs)
            for signal, pairs in (
                ("p18", self._p18()),
                ("p373", self._p373()),
                ("lead_image", self._lead_image()),
                ("depicts", self._depicts()),
            )
        }

    def commons_file(self, wiki: str, name: str) -> int | None:
        """The Commons file that the name means on the wiki: none where a local file hides it."""
        return None if (wiki, name) in self.local else self.page_of_file.get(name)

    def _p18(self) -> dict[tuple[str, int], Any]:
        targets = {row["file_name"]: row["target"] for row in self.tables["file_redirects"]}
        meant = [(item, targets.get(name, name)) for item, name in self.claims["P18"]]
        return {
            (item, self.page_of_file[name]): 1000
            for item, name in meant
            if name in self.page_of_file
        }

    def _p373(self) -> dict[tuple[str, int], Any]:
        sharing = Counter(category for _, category in self.claims["P373"])
        sizes = {row["category"]: row["files"] for row in self.tables["commons_category_sizes"]}
        members = defaultdict(list)
        for row in self.tables["commons_category_files"]:
            members[row["category"]].append(row["page_id"])
        best: dict[tuple[str, int], Any] = defaultdict(int)
        for item, category in self.claims["P373"]:
            if sharing[category] <= PLAUSIBLE_ITEMS and sizes.get(category, 0) < HUGE_CATEGORY:
                for page_id in members[category]:
                    score = category_score(sizes[category])
                    best[item, page_id] = max(best[item, page_id], score)
        return best

    def _lead_image(self) -> dict[tuple[str, int], Any]:
        """Item and file: incoming links by wiki, turned into a score where the tags are made."""
        links = {(r["wiki_db"], r["title"]): r["links"] for r in self.tables["incoming_links"]}
        found: dict[tuple[str, int], Any] = defaultdict(Counter)
        for row in self.tables["lead_images"]:
            wiki, article = row["wiki_db"], (row["wiki_db"], row["page_id"])
            page_id = self.commons_file(wiki, row["file_name"])
            if page_id is not None and article in self.item_of:
                title = self.articles[article]["title"]
                found[self.item_of[article], page_id][wiki] += links.get((wiki, title), 0)
        return found

    def _depicts(self) -> dict[tuple[str, int], Any]:
        return {
            (row["item_id"], row["page_id"]): None
            for row in self.tables["depicts"]
            if row["page_id"] in self.files
        }

    def weighted_tags(self) -> list[Row]:
        """Section 3."""
        values = defaultdict(set)
        for signal, tag in TAGS.items():
            for (item, page_id), score in self.scores[signal].items():
                if signal == "lead_image":
                    score = lead_image_score(sum(score.values()))
                if score:
                    values[page_id, tag].add(f"{item}|{score}")
        return [
            _tagged("commonswiki", page_id, 6, tag, sorted(found))
            for (page_id, tag), found in sorted(values.items())
        ]

    def overused_files(self) -> list[Row]:
        """Section 4, first half."""
        size_of = Counter(wiki for wiki, _ in self.articles)
        uses: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self.tables["image_links"]:
            wiki, name = row["wiki_db"], row["file_name"]
            linked = self.commons_file(wiki, name) is not None
            if linked and (wiki, row["page_id"]) in self.articles:
                uses[name][wiki] += 1
        found: list[Row] = [
            {
                "file_name": name,
                "pages": by_wiki.total(),
                "limit": sum(overuse_threshold(size_of[wiki]) for wiki in by_wiki),
            }
            for name, by_wiki in sorted(uses.items())
        ]
        return [row for row in found if row["pages"] > row["limit"]]

    def candidate_images(self) -> list[Row]:
        """Section 4, second half; needs ``overused_files``."""
        overused = {row["file_name"] for row in self.tables["overused_files"]}
        placeholders = {
            row["page_id"]
            for row in self.tables["commons_category_files"]
            if row["category"] in PLACEHOLDER_CATEGORIES
        }
        signals = defaultdict(list)
        for signal, pairs in self.scores.items():
            for pair in pairs:
                signals[pair].append(signal)
        found = []
        for (item, page_id), of_pair in sorted(signals.items()):
            file = self.files[page_id]
            if file["file_name"] in overused or page_id in placeholders or not _is_picture(file):
                continue
            wikis = self.scores["lead_image"].get((item, page_id))
            found.append(
                {
                    "item_id": item,
                    "image": file["file_name"],
                    "kinds": sorted(KINDS[signal][0] for signal in of_pair),
                    "confidence": max(KINDS[signal][1] for signal in of_pair),
                    "found_on": sorted(wikis) if wikis else None,
                }
            )
        return found

    def unillustrated_articles(self) -> list[Row]:
        """Section 5, first half; needs ``overused_files``."""
        overused = {row["file_name"] for row in self.tables["overused_files"]}
        illustrated = {
            (row["wiki_db"], row["page_id"])
            for row in (*self.tables["image_links"], *self.tables["lead_images"])
            if (row["wiki_db"], row["file_name"]) in self.local
            or (row["file_name"] in self.page_of_file and row["file_name"] not in overused)
        }
        ambiguous = {(r["wiki_db"], r["page_id"]) for r in self.tables["disambiguations"]}
        below = {class_ for class_, value in self.claims["P279"] if value in EXCLUDED_CLASSES}
        excluded = {item for item, value in self.claims["P31"] if value in EXCLUDED_CLASSES | below}
        return [
            {
                "wiki_db": article["wiki_db"],
                "page_id": article["page_id"],
                "revision_id": article["revision_id"],
                "title": article["title"],
                "item_id": item,
            }
            for key, item in sorted(self.item_of.items())
            if key not in illustrated | ambiguous and item not in excluded
            for article in [self.articles[key]]
        ]


def _plausible(pairs: dict[tuple[str, int], Any]) -> dict[tuple[str, int], Any]:
    """Without the files that are tied to too many items."""
    items = Counter(page_id for _, page_id in pairs)
    return {pair: what for pair, what in pairs.items() if items[pair[1]] <= PLAUSIBLE_ITEMS}


def _is_picture(file: Row) -> bool:
    name = file["file_name"].lower()
    if any(word in name for word in FORBIDDEN):
        return False
    if file["width"] is not None and file["width"] < SMALLEST_WIDTH:
        return False
    if file["media_type"] not in (None, "BITMAP", "DRAWING"):
        return False
    return "." in name and name.rsplit(".", 1)[1] in EXTENSIONS


def suggestions(tables: Tables, decided: dict[str, dict[str, Any]]) -> list[Row]:
    """Section 5, second half; ``decided`` by wiki is what its community did (section 11)."""
    judged = {
        (row["wiki_db"], row["page_id"], row["file_name"])
        for row in tables["feedback"]
        if row["about"] == "article" and row["outcome"] in ("accepted", "rejected")
    }
    local = {(row["wiki_db"], row["file_name"]) for row in tables["local_files"]}
    names = {row["page_id"]: row["file_name"] for row in tables["commons_files"]}
    categories = {
        (names[row["page_id"]], row["category"])
        for row in tables["commons_category_files"]
        if row["page_id"] in names
    }
    candidates = defaultdict(list)
    for row in tables["candidate_images"]:
        candidates[row["item_id"]].append(row)
    found = []
    for article in tables["unillustrated_articles"]:
        wiki, page_id = article["wiki_db"], article["page_id"]
        left = [
            row
            for row in candidates[article["item_id"]]
            if (wiki, page_id, row["image"]) not in judged
            and (wiki, row["image"]) not in local
            and not _decided_against(row, decided.get(wiki, {}), categories)
        ]
        found += [
            {**article, **candidate, "rank": rank}
            for rank, candidate in enumerate(sorted(left, key=_best_first)[:SUGGESTIONS], 1)
        ]
    return found


def _decided_against(
    candidate: Row, decided: dict[str, Any], categories: set[tuple[str, str]]
) -> bool:
    """Section 11, rules by wiki: whether the wiki's community does not want a file."""
    image = candidate["image"]
    return (
        {*candidate["kinds"]} <= {*decided.get("kinds_off", ())}
        or candidate["confidence"] < decided.get("least_confidence", 0)
        or image in decided.get("excluded_files", ())
        or any((image, each) in categories for each in decided.get("excluded_categories", ()))
    )


def _best_first(candidate: Row) -> tuple[int, int, int, str]:
    return (
        -candidate["confidence"],
        -len(candidate["kinds"]),
        -len(candidate["found_on"] or ()),
        candidate["image"],
    )


def _tagged(wiki: str, page_id: int, namespace: int, tag: str, values: list[str]) -> Row:
    return {
        "wikiid": wiki,
        "page_id": page_id,
        "page_namespace": namespace,
        "tag": tag,
        "values": values,
    }
