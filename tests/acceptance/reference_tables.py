"""The canonical tables of SPEC section 2 from a dump folder, as lists of dicts."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.acceptance.reference_entities import depicts, item_claims
from tests.acceptance.reference_reading import (
    COMMONS,
    DumpFolder,
    SqlRow,
    file_form,
    name_form,
    title_form,
)

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Pages = dict[str, dict[int, Row]]


def canonical_tables(dumps: Path, snapshot: str, wikis: list[str] | None = None) -> Tables:
    """Every canonical table; ``pages`` and the rest carry rows of all the target wikis."""
    folder = DumpFolder(dumps, snapshot)
    targets = folder.target_wikis() if wikis is None else wikis
    pages: Pages = {wiki: _pages(folder, wiki) for wiki in [*targets, COMMONS]}
    tables: Tables = {"pages": [page for wiki in pages.values() for page in wiki.values()]}
    tables["file_redirects"] = _file_redirects(folder, pages[COMMONS])
    for name, of_wiki in (
        ("incoming_links", _incoming_links),
        ("image_links", _image_links),
        ("local_files", _local_files),
    ):
        tables[name] = [row for wiki in targets for row in of_wiki(folder, wiki)]
    properties = {wiki: _page_props(folder, wiki, pages[wiki]) for wiki in targets}
    tables["lead_images"] = _lead_images(properties)
    tables["disambiguations"] = _disambiguations(properties)
    tables["page_items"] = _page_items(properties)
    tables["commons_files"] = _commons_files(folder, pages[COMMONS])
    tables["commons_category_files"] = _category_files(folder, tables["commons_files"])
    tables["commons_category_sizes"] = _sizes(folder, tables["commons_category_files"])
    tables["item_claims"] = rows("item_id property value", item_claims(folder))
    tables["depicts"] = rows("page_id item_id property", depicts(folder))
    tables["feedback"] = [_feedback(e) for e in folder.feedback() if not e.get("section_title")]
    for name in ("image_links", "lead_images", "feedback"):
        tables[name] = _followed(tables, tables[name])
    return tables


def rows(columns: str, values: set[tuple[Any, ...]]) -> list[Row]:
    """Sorted rows from distinct tuples; the columns are separated by blanks."""
    names = columns.split()
    return [dict(zip(names, value, strict=True)) for value in sorted(values)]


def text(value: bytes | None) -> str:
    """UTF-8 text; a byte that is none becomes U+FFFD."""
    return (value or b"").decode(errors="replace")


def number(row: SqlRow, column: str) -> int:
    """A column that is never NULL, as an integer."""
    return int(row[column] or b"")


def _pages(folder: DumpFolder, wiki: str) -> dict[int, Row]:
    kept = (0, 6) if wiki == COMMONS else (0,)
    return {
        number(row, "page_id"): {
            "wiki_db": wiki,
            "page_id": number(row, "page_id"),
            "namespace": number(row, "page_namespace"),
            "title": _called(number(row, "page_namespace"), text(row["page_title"])),
            "is_redirect": number(row, "page_is_redirect") == 1,
            "revision_id": number(row, "page_latest"),
        }
        for row in folder.table(wiki, "page")
        if number(row, "page_namespace") in kept
    }


def _called(namespace: int, title: str) -> str:
    """A page's name or title, which is a name where it is a file or a category."""
    return name_form(title) if namespace in (6, 14) else title_form(title)


def _file_redirects(folder: DumpFolder, pages: dict[int, Row]) -> list[Row]:
    """File pages of Commons that redirect to another one, on Commons."""
    found = set()
    for row in folder.table(COMMONS, "redirect"):
        page = pages.get(number(row, "rd_from"))
        is_file = page is not None and page["namespace"] == 6 and page["is_redirect"]
        if is_file and number(row, "rd_namespace") == 6 and not text(row["rd_interwiki"]):
            found.add((page["title"], name_form(text(row["rd_title"]))))
    return rows("file_name target", found)


def _followed(tables: Tables, named: list[Row]) -> list[Row]:
    """Each file that is meant, as distinct rows where they were: what a wiki hides is its own."""
    targets = {row["file_name"]: row["target"] for row in tables["file_redirects"]}
    local = {(row["wiki_db"], row["file_name"]) for row in tables["local_files"]}
    found = []
    for row in named:
        name = row["file_name"]
        if (row["wiki_db"], name) not in local:
            row = {**row, "file_name": targets.get(name, name)}
        if row not in found[-1:]:
            found.append(row)
    return found


def _links(
    folder: DumpFolder, wiki: str, table: str, title: str, identifier: str
) -> Iterator[tuple[SqlRow, int | None, str]]:
    """Each link with its target; the namespace is None where only the table itself can tell it."""
    targets = {
        number(row, "lt_id"): (number(row, "lt_namespace"), text(row["lt_title"]))
        for row in folder.table(wiki, "linktarget")
    }
    for row in folder.table(wiki, table):
        target = row.get(identifier)
        if target is None:
            yield row, None, text(row[title])
        elif int(target) in targets:
            yield row, *targets[int(target)]


def _incoming_links(folder: DumpFolder, wiki: str) -> list[Row]:
    sources = defaultdict(set)
    for row, namespace, title in _links(folder, wiki, "pagelinks", "pl_title", "pl_target_id"):
        to = number(row, "pl_namespace") if namespace is None else namespace
        if to == 0 and number(row, "pl_from_namespace") == 0:
            sources[title_form(title)].add(number(row, "pl_from"))
    counted = {(wiki, title, len(pages)) for title, pages in sources.items()}
    return rows("wiki_db title links", counted)


def _image_links(folder: DumpFolder, wiki: str) -> list[Row]:
    links = {
        (wiki, number(row, "il_from"), name_form(title))
        for row, namespace, title in _links(folder, wiki, "imagelinks", "il_to", "il_target_id")
        if namespace in (None, 6) and number(row, "il_from_namespace") == 0
    }
    return rows("wiki_db page_id file_name", links)


def _local_files(folder: DumpFolder, wiki: str) -> list[Row]:
    names = {(wiki, name_form(text(row["img_name"]))) for row in folder.table(wiki, "image")}
    return rows("wiki_db file_name", names)


def _page_props(folder: DumpFolder, wiki: str, pages: dict[int, Row]) -> dict[int, dict[str, str]]:
    """The properties that matter, of articles only."""
    properties: dict[int, dict[str, str]] = defaultdict(dict)
    for row in folder.table(wiki, "page_props"):
        page = pages.get(number(row, "pp_page"))
        name = text(row["pp_propname"])
        wanted = name in ("page_image_free", "page_image", "wikibase_item", "disambiguation")
        if wanted and page and not page["is_redirect"]:
            properties[page["page_id"]][name] = text(row["pp_value"])
    return properties


def _lead_images(properties: dict[str, dict[int, dict[str, str]]]) -> list[Row]:
    found = set()
    for wiki, of_wiki in properties.items():
        for page_id, values in of_wiki.items():
            free, any_image = (
                name_form(values.get(k, "")) for k in ("page_image_free", "page_image")
            )
            if free or any_image:
                found.add((wiki, page_id, free or any_image))
    return rows("wiki_db page_id file_name", found)


def _disambiguations(properties: dict[str, dict[int, dict[str, str]]]) -> list[Row]:
    found = {
        (wiki, page_id)
        for wiki, of_wiki in properties.items()
        for page_id, values in of_wiki.items()
        if "disambiguation" in values
    }
    return rows("wiki_db page_id", found)


def _page_items(properties: dict[str, dict[int, dict[str, str]]]) -> list[Row]:
    found = {
        (wiki, page_id, values["wikibase_item"])
        for wiki, of_wiki in properties.items()
        for page_id, values in of_wiki.items()
        if "wikibase_item" in values
    }
    return rows("wiki_db page_id item_id", found)


def _commons_files(folder: DumpFolder, pages: dict[int, Row]) -> list[Row]:
    images = {}
    for row in folder.table(COMMONS, "image"):
        media_type = row["img_media_type"]
        images[name_form(text(row["img_name"]))] = (
            None if media_type is None else text(media_type),
            number(row, "img_width"),
        )
    # A name is one file, also where two pages have spellings of it.
    oldest: dict[str, int] = {}
    for page_id, page in sorted(pages.items()):
        if page["namespace"] == 6 and not page["is_redirect"]:
            oldest.setdefault(page["title"], page_id)
    return [
        {"page_id": page_id, "file_name": name, "media_type": media_type, "width": width}
        for name, page_id in oldest.items()
        for media_type, width in [images.get(name, (None, None))]
    ]


def _category_files(folder: DumpFolder, commons_files: list[Row]) -> list[Row]:
    files = {row["page_id"] for row in commons_files}
    members = {
        (name_form(title), number(row, "cl_from"))
        for row, namespace, title in _links(
            folder, COMMONS, "categorylinks", "cl_to", "cl_target_id"
        )
        if row["cl_type"] == b"file" and namespace in (None, 14) and number(row, "cl_from") in files
    }
    return rows("category page_id", members)


def _sizes(folder: DumpFolder, category_files: list[Row]) -> list[Row]:
    sizes: dict[str, int] = defaultdict(int)
    for row in category_files:
        sizes[row["category"]] += 1
    for category in folder.table(COMMONS, "category"):
        sizes[name_form(text(category["cat_title"]))] = number(category, "cat_files")
    return rows("category files", set(sizes.items()))


def _feedback(event: Row) -> Row:
    reasons = set(event.get("rejection_reasons") or [])
    outcome = "undecided"
    if event.get("is_accepted"):
        outcome = "accepted"
    elif event.get("is_rejected") and not (
        reasons and reasons <= {"unfamiliar", "foreignlanguage"}
    ):
        outcome = "rejected"
    return {
        "wiki_db": event["wiki"],
        "page_id": event["page_id"],
        "file_name": file_form(event["filename"]),
        "outcome": outcome,
        "dt": datetime.fromisoformat(event["dt"]),
    }
