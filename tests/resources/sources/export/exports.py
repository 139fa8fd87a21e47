"""Exports written by hand: pages, the streams that hold them, and their index."""

import bz2
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from resources.sources.export.multistream import Part

SITEINFO = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="bg">
  <siteinfo>
    <sitename>Уикипедия</sitename>
    <dbname>bgwiki</dbname>
    <base>https://bg.wikipedia.org/wiki/X</base>
    <case>first-letter</case>
    <namespaces>
      <namespace key="-1" case="first-letter">Специални</namespace>
      <namespace key="0" case="first-letter" />
      <namespace key="828" case="case-sensitive">Модул</namespace>
    </namespaces>
  </siteinfo>
"""
FOOTER = "</mediawiki>\n"


def page(
    page_id: int,
    title: str,
    text: str = "return {}",
    *,
    namespace: int = 828,
    revision: int = 7,
    model: str = "Scribunto",
    more: str = "",
    attributes: str = "",
    slots: str = "",
) -> str:
    """A page of the export."""
    return f"""  <page>
    <title>{escape(title)}</title>
    <ns>{namespace}</ns>
    <id>{page_id}</id>{more}
    <revision>
      <id>{revision}</id>
      <timestamp>2026-01-02T03:04:05Z</timestamp>
      <contributor><username>A</username><id>99</id></contributor>
      <comment>id</comment>
      <model>{model}</model>
      <format>text/plain</format>
      <text bytes="9" xml:space="preserve"{attributes}>{escape(text)}</text>{slots}
    </revision>
  </page>
"""


def write_part(
    folder: Path, streams: Sequence[Sequence[tuple[int, str, str]]], *, date: str = "20260101"
) -> Part:
    """Write streams of pages (id, title, XML), and the index of them all."""
    name = f"bgwiki-{date}-pages-articles-multistream"
    data, lines = bz2.compress(SITEINFO.encode()), []
    for stream in streams:
        lines += [f"{len(data)}:{page_id}:{title}\n" for page_id, title, _ in stream]
        data += bz2.compress("".join(xml for *_, xml in stream).encode())
    data += bz2.compress(FOOTER.encode())
    part = Part(folder / f"{name}.xml.bz2", folder / f"{name}-index.txt.bz2")
    part.dump.write_bytes(data)
    part.index.write_bytes(bz2.compress("".join(lines).encode()))
    return part


def stream_of(*pages: tuple[int, str]) -> list[tuple[int, str, str]]:
    """A stream of pages: of namespace 828 where the title says so, else articles."""
    return [
        (number, title, page(number, title, namespace=828 if title.startswith("Модул:") else 0))
        for number, title in pages
    ]
