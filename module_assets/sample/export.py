"""Writes a wiki's pages as XML exports, in each layout that the dumps have."""

import bz2
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from module_assets.sample.world import ARTICLES, TEMPLATES, Page, Wiki
from resources.sample.sql import DumpFile

STREAM_PAGES = 100
LAYOUTS = ("whole", "parts", "both", "current", "articles", "meta-current")
"""Multistream as a whole, in parts, and both side by side; mediawiki_content_current; plain."""
_FOOTER = "</mediawiki>\n"


@dataclass(frozen=True)
class _Listed:
    """A page as an export has it, and what the index says of it."""

    page_id: int
    title: str
    xml: str


class ExportWriter:
    """Writes the exports of one wiki below ``folder``, the root of the dumps."""

    def __init__(self, folder: Path, wiki: Wiki, pages: Sequence[Page], day: date) -> None:
        self._folder, self._wiki, self._day = folder, wiki, day
        self._pages = [*_others(), *(_listed(wiki, page) for page in pages)]

    def write(self, layout: str) -> list[DumpFile]:
        """Write one of LAYOUTS; give the files of the wiki's dump, none for the current content."""
        stem = f"{self._wiki.wiki_db}-{self._day:%Y%m%d}-pages"
        folder = self._folder / self._wiki.wiki_db / f"{self._day:%Y%m%d}"
        if layout == "current":
            self._current()
            return []
        if layout in ("articles", "meta-current"):
            return [put(folder / f"{stem}-{layout}.xml.bz2", self._plain(self._pages))]
        files = []
        multi = f"{stem}-articles-multistream"
        if layout != "parts":
            files += self._multistream(folder, multi, "", "", self._pages)
        if layout != "whole":
            half = len(self._pages) // 2
            first = 1
            for number, pages in enumerate((self._pages[:half], self._pages[half:]), 1):
                ids = f"-p{first}p{pages[-1].page_id}"
                files += self._multistream(folder, multi, str(number), ids, pages)
                first = pages[-1].page_id + 1
        return files

    def _multistream(
        self, folder: Path, stem: str, number: str, ids: str, pages: Sequence[_Listed]
    ) -> list[DumpFile]:
        data, index = bz2.compress(_siteinfo(self._wiki).encode()), []
        for begin in range(0, len(pages), STREAM_PAGES):
            stream = pages[begin : begin + STREAM_PAGES]
            index += [f"{len(data)}:{page.page_id}:{page.title}\n" for page in stream]
            data += bz2.compress("".join(page.xml for page in stream).encode())
        data += bz2.compress(_FOOTER.encode())
        listed = bz2.compress("".join(index).encode())
        return [
            put(folder / f"{stem}{number}.xml{ids}.bz2", data, packed=True),
            put(folder / f"{stem}-index{number}.txt{ids}.bz2", listed, packed=True),
        ]

    def _current(self) -> None:
        name = self._wiki.wiki_db
        folder = self._folder / f"other/mediawiki_content_current/{name}/{self._day}/xml/bzip2"
        sums = []
        half = len(self._pages) // 2
        for pages in (self._pages[:half], self._pages[half:]):
            ids = f"p{pages[0].page_id}p{pages[-1].page_id}"
            file = put(folder / f"{name}-{self._day}-{ids}.xml.bz2", self._plain(pages))
            digest = hashlib.sha256(file.path.read_bytes()).hexdigest()
            sums.append(f"{digest}  {file.path.name}\n")
        (folder / "SHA256SUMS").write_text("".join(sums))
        (folder / "_SUCCESS").touch()

    def _plain(self, pages: Sequence[_Listed]) -> bytes:
        return "".join([_siteinfo(self._wiki), *(page.xml for page in pages), _FOOTER]).encode()


def put(path: Path, data: bytes, *, packed: bool = False) -> DumpFile:
    """Write a file of bzip2, from text or from what is ``packed`` already."""
    stored = data if packed else bz2.compress(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stored)
    sums = (hashlib.sha1(stored, usedforsecurity=False), hashlib.md5(stored, usedforsecurity=False))
    return DumpFile(path, 0, len(stored), len(data), *(each.hexdigest() for each in sums))


def _siteinfo(wiki: Wiki) -> str:
    named = {0: "", 10: "Template", 828: wiki.module}
    namespaces = "".join(
        f'      <namespace key="{key}" case="{wiki.case}">{escape(name)}</namespace>\n'
        for key, name in named.items()
    )
    return (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" '
        f'xml:lang="{wiki.language}">\n  <siteinfo>\n    <sitename>Made up</sitename>\n'
        f"    <dbname>{wiki.wiki_db}</dbname>\n    <base>https://{wiki.host}/wiki/Main</base>\n"
        f"    <generator>MediaWiki 1.45</generator>\n    <case>{wiki.case}</case>\n"
        f"    <namespaces>\n{namespaces}    </namespaces>\n  </siteinfo>\n"
    )


def _others() -> Iterator[_Listed]:
    """Articles and templates, with titles that look like others' namespaces."""
    for number in range(1, ARTICLES + TEMPLATES + 1):
        namespace = 0 if number <= ARTICLES else 10
        title = f"Article: {number}" if namespace == 0 else f"Template:T{number}"
        xml = _page(number, title, namespace, "", _revision(number, "wikitext", "''Text''"))
        yield _Listed(number, title, xml)


def _listed(wiki: Wiki, page: Page) -> _Listed:
    title = f"{wiki.module}:{page.title}"
    more = f"    <redirect title={quoteattr(title)} />\n" if page.is_redirect else ""
    newest = _revision(page.page_id * 10, page.model, page.text, page.slot, page.is_deleted)
    # The same page twice, as when it is edited while the export is written.
    older = _revision(page.page_id * 10 - 1, page.model, page.older)
    xml = _page(page.page_id, title, 828, more, newest)
    if page.older:
        xml += _page(page.page_id, title, 828, more, older)
    return _Listed(page.page_id, title, xml)


def _page(page_id: int, title: str, namespace: int, more: str, revision: str) -> str:
    return (
        f"  <page>\n    <title>{escape(title)}</title>\n    <ns>{namespace}</ns>\n"
        f"    <id>{page_id}</id>\n{more}{revision}  </page>\n"
    )


def _revision(
    revision_id: int, model: str, text: str, slot: str = "", is_deleted: bool = False
) -> str:
    size = len(text.encode())
    state = ' deleted="deleted"' if is_deleted else ' xml:space="preserve"'
    body = f'<text bytes="{size}"{state}>{escape(text)}</text>' if text else ""
    other = (
        "      <content>\n        <role>other</role>\n        <model>wikitext</model>\n"
        f"        <text>{escape(slot)}</text>\n      </content>\n"
    )
    return (
        f"    <revision>\n      <id>{revision_id}</id>\n"
        f"      <timestamp>2026-0{1 + revision_id % 9}-02T03:04:05Z</timestamp>\n"
        "      <contributor><username>Ana</username><id>7</id></contributor>\n"
        f"      <model>{model}</model>\n      <format>text/plain</format>\n"
        f'      {body or f"""<text bytes="0"{state} />"""}\n{other if slot else ""}'
        "    </revision>\n"
    )
