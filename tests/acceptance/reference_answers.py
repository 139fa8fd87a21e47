"""Asking the reference's rows by title and file name, as the tests speak of them."""

from typing import Any

from tests.acceptance.reference import TAGS
from tests.acceptance.reference_tables import Row, Tables


class Answers:
    """All rows of one run, with the questions that tests put to them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.file_ids = {row["file_name"]: row["page_id"] for row in tables["commons_files"]}
        self.titles = {
            (row["wiki_db"], row["page_id"]): row["title"]
            for row in tables["pages"]
            if row["namespace"] == 0
        }
        self.tags = {
            (row["page_id"], row["tag"]): row["values"] for row in tables["commons_weighted_tags"]
        }

    def named(self, row: Row) -> tuple[str, str]:
        """Wiki and title of a row that names a page."""
        return row["wiki_db"], self.titles[row["wiki_db"], row["page_id"]]

    def values(self, file: str, signal: str) -> list[str]:
        """The values of a file's tag, none where it has no such tag."""
        return self.tags.get((self.file_ids[file], TAGS[signal]), [])

    def scores(self, file: str, signal: str = "p373") -> list[int]:
        """The distinct scores of a file's tag."""
        return sorted({int(value.split("|")[1]) for value in self.values(file, signal)})

    def claims(self, item: str, property_id: str) -> set[str]:
        """Truthy values."""
        return {
            row["value"]
            for row in self.tables["item_claims"]
            if (row["item_id"], row["property"]) == (item, property_id)
        }

    def candidates(self, item: str) -> dict[str, Row]:
        """Candidate images of an item by name."""
        return {r["image"]: r for r in self.tables["candidate_images"] if r["item_id"] == item}

    def suggested(self, wiki: str, title: str) -> list[str]:
        """Images suggested for an article, best first."""
        of_article = [
            r for r in self.tables["filtered_suggestions"] if self.named(r) == (wiki, title)
        ]
        ranked = sorted(of_article, key=lambda row: int(row["rank"]))
        assert [row["rank"] for row in ranked] == list(range(1, len(ranked) + 1))
        return [row["image"] for row in ranked]

    def unillustrated(self, wiki: str) -> set[str]:
        """Titles."""
        named = map(self.named, self.tables["unillustrated_articles"])
        return {title for of_wiki, title in named if of_wiki == wiki}

    def overused(self) -> dict[str, tuple[int, int]]:
        """Pages and limit by file."""
        return {r["file_name"]: (r["pages"], r["limit"]) for r in self.tables["overused_files"]}

    def incoming(self, wiki: str, title: str) -> int:
        """Incoming links, 0 where the title is absent."""
        links = {(r["wiki_db"], r["title"]): r["links"] for r in self.tables["incoming_links"]}
        return int(links.get((wiki, title), 0))

    def of_title(self, table: str, column: str, wiki: str, title: str) -> set[Any]:
        """A column of a table's rows about one article."""
        return {row[column] for row in self.tables[table] if self.named(row) == (wiki, title)}
