"""Writing made-up dump files: SQL as mysqldump does, entity lines, events, two compressions.

What is written in them is in the other ``traps`` modules.
"""

import bz2
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Compression = Literal["gz", "bz2"]
Record = dict[str, Any]

# Every byte there is, with what a careless reader takes for the end of a row or of a statement.
BLOB = (
    bytes(range(256))
    + b"'),('x\\'),(NULL,\\\\');\nINSERT INTO `page` VALUES (1,0,'\\\n"
    + b"\x1f\x8b\x08"
)

_ESCAPES = {0: b"\\0", 10: b"\\n", 13: b"\\r", 26: b"\\Z", 34: b'\\"', 39: b"\\'", 92: b"\\\\"}
_ID = "int(10) unsigned NOT NULL DEFAULT 0"
_BIG = "bigint(20) unsigned DEFAULT NULL"
_INT = "int(11) NOT NULL DEFAULT 0"
_NAME = "varbinary(255) NOT NULL DEFAULT ''"
_MEDIA_TYPES = "enum('UNKNOWN','BITMAP','DRAWING','AUDIO','VIDEO','MULTIMEDIA','OFFICE','TEXT')"
_STAMP = "20240501010203"

# Columns of each table with their SQL type and the value of a record that does not name them.
SCHEMAS: dict[str, dict[str, tuple[str, Any]]] = {
    "page": {
        "page_id": ("int(8) unsigned NOT NULL AUTO_INCREMENT", 0),
        "page_namespace": (_INT, 0),
        "page_title": (_NAME, ""),
        "page_is_redirect": ("tinyint(1) unsigned NOT NULL DEFAULT 0", 0),
        "page_is_new": ("tinyint(1) unsigned NOT NULL DEFAULT 0", 0),
        "page_random": ("double unsigned NOT NULL DEFAULT 0", 1.5e-05),
        "page_touched": ("binary(14) NOT NULL", _STAMP),
        "page_links_updated": ("varbinary(14) DEFAULT NULL", None),
        "page_latest": (_ID, 0),
        "page_len": (_ID, 7),
        "page_content_model": ("varbinary(32) DEFAULT NULL", "wikitext"),
        "page_lang": ("varbinary(35) DEFAULT NULL", None),
    },
    "page_props": {
        "pp_page": (_ID, 0),
        "pp_propname": ("varbinary(60) NOT NULL DEFAULT ''", ""),
        "pp_value": ("blob NOT NULL", ""),
        "pp_sortkey": ("float DEFAULT NULL", None),
    },
    "pagelinks": {
        "pl_from": (_ID, 0),
        "pl_namespace": (_INT, 0),
        "pl_title": (_NAME, ""),
        "pl_from_namespace": (_INT, 0),
        "pl_target_id": (_BIG, None),
    },
    "linktarget": {
        "lt_id": ("bigint(20) unsigned NOT NULL AUTO_INCREMENT", 0),
        "lt_namespace": (_INT, 0),
        "lt_title": (_NAME, ""),
    },
    "imagelinks": {
        "il_from": (_ID, 0),
        "il_to": (_NAME, ""),
        "il_from_namespace": (_INT, 0),
        "il_target_id": (_BIG, None),
    },
    "image": {
        "img_name": (_NAME, ""),
        "img_size": ("bigint(20) unsigned NOT NULL DEFAULT 0", 4096),
        "img_width": (_INT, 0),
        "img_height": (_INT, 600),
        "img_metadata": ("mediumblob NOT NULL", BLOB),
        "img_bits": (_INT, 8),
        "img_media_type": (f"{_MEDIA_TYPES} DEFAULT NULL", None),
        "img_timestamp": ("binary(14) NOT NULL", _STAMP),
    },
    "categorylinks": {
        "cl_from": (_ID, 0),
        "cl_to": (_NAME, ""),
        "cl_sortkey": ("varbinary(230) NOT NULL DEFAULT ''", BLOB[:80]),
        "cl_timestamp": ("timestamp NOT NULL DEFAULT current_timestamp()", "2024-04-01 00:00:00"),
        "cl_sortkey_prefix": (_NAME, ""),
        "cl_type": ("enum('page','subcat','file') NOT NULL DEFAULT 'page'", "page"),
        "cl_target_id": (_BIG, None),
    },
    "category": {
        "cat_id": ("int(10) unsigned NOT NULL AUTO_INCREMENT", 0),
        "cat_title": (_NAME, ""),
        "cat_pages": (_INT, 0),
        "cat_subcats": (_INT, 0),
        "cat_files": (_INT, 0),
    },
    "redirect": {
        "rd_from": (_ID, 0),
        "rd_namespace": (_INT, 0),
        "rd_title": (_NAME, ""),
        "rd_interwiki": ("varbinary(32) DEFAULT NULL", None),
        "rd_fragment": ("varbinary(255) DEFAULT NULL", b"#\xff"),
    },
}

_HEAD = """/*M!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.5.29-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: made up; (`not`, 'real'),(
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;

--
-- Table structure for table `{table}`
--

DROP TABLE IF EXISTS `{table}`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `{table}` (
{columns}) ENGINE=InnoDB AUTO_INCREMENT=77 DEFAULT CHARSET=binary ROW_FORMAT=COMPRESSED;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `{table}`
--

/*!40000 ALTER TABLE `{table}` DISABLE KEYS */;
"""


def sql_literal(value: Any) -> bytes:
    """A value as mysqldump writes it."""
    if value is None:
        return b"NULL"
    if isinstance(value, int | float):
        return str(value).encode()
    data = value if isinstance(value, bytes) else str(value).encode()
    return b"'" + b"".join(_ESCAPES.get(byte, bytes([byte])) for byte in data) + b"'"


def sql_dump(table: str, columns: list[str], records: Iterable[Record], in_one: int) -> bytes:
    """A dumped table with these columns in this order; ``in_one`` rows share an INSERT line."""
    schema = SCHEMAS[table]
    lines = [f"  `{column}` {schema[column][0]},\n" for column in columns]
    keys = f"  PRIMARY KEY (`{columns[0]}`),\n  KEY `pair` (`{columns[-1]}`,`{columns[0]}`)\n"
    head = _HEAD.format(table=table, columns="".join(lines) + keys)
    rows = [
        b"(" + b",".join(sql_literal(r.get(c, schema[c][1])) for c in columns) + b")"
        for r in records
    ]
    inserts = [
        f"INSERT INTO `{table}` VALUES ".encode() + b",".join(rows[i : i + in_one]) + b";\n"
        for i in range(0, len(rows), in_one)
    ]
    tail = f"/*!40000 ALTER TABLE `{table}` ENABLE KEYS */;\n\n-- Dump completed on 2024-05-08\n"
    return head.encode() + b"".join(inserts) + tail.encode()


@dataclass
class Writer:
    """Puts files into a dump folder, all in one compression."""

    root: Path
    compression: Compression

    def compressed(self, path: str, data: bytes, members: int = 1) -> None:
        """One file; several members are what concatenated shards look like."""
        target = self.root / f"{path}.{self.compression}"
        target.parent.mkdir(parents=True, exist_ok=True)
        pack: Callable[[bytes], bytes] = bz2.compress
        if self.compression == "gz":
            pack = _gzip
        size = -(-len(data) // members) or 1
        parts = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
        target.write_bytes(b"".join(map(pack, parts)))

    def plain(self, path: str, data: bytes) -> None:
        """One file as it is."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def table(
        self, wiki: str, day: str, table: str, records: Iterable[Record], turn: int, *without: str
    ) -> None:
        """One table of a wiki, its columns turned round by ``turn`` places, some left away."""
        columns = [column for column in SCHEMAS[table] if column not in without]
        turn %= len(columns)
        columns = columns[turn:] + columns[:turn]
        data = sql_dump(table, columns, records, in_one=4000)
        self.compressed(f"{wiki}/{day}/{wiki}-{day}-{table}.sql", data)

    def checksums(self, wiki: str, day: str) -> None:
        """The ``sha1sums`` file and ``dumpstatus.json`` of a wiki's finished dump."""
        folder = self.root / wiki / day
        sums, jobs = [], {}
        for path in sorted(folder.glob(f"*.sql.{self.compression}")):
            digest = hashlib.sha1(path.read_bytes()).hexdigest()
            sums.append(f"{digest}  {path.name}\n")
            job = path.name.split("-")[2].split(".")[0].replace("_", "") + "table"
            url = f"/{wiki}/{day}/{path.name}"
            file = {"size": path.stat().st_size, "url": url, "sha1": digest}
            jobs[job] = {
                "status": "done",
                "updated": "2024-05-08 03:00:00",
                "files": {path.name: file},
            }
        self.plain(f"{wiki}/{day}/{wiki}-{day}-sha1sums.txt", "".join(sums).encode())
        status = json.dumps({"version": "0.8", "jobs": jobs}).encode()
        self.plain(f"{wiki}/{day}/dumpstatus.json", status)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def json_lines(objects: Iterable[Any], *, array: bool) -> bytes:
    """One object a line, as a JSON array or bare; escapes beyond ASCII in every other line."""
    lines = [
        json.dumps(value, ensure_ascii=number % 2 == 0, separators=(",", ":"))
        for number, value in enumerate(objects)
    ]
    text = "[\n" + ",\n".join(lines) + "\n]\n" if array else "\n".join(lines) + "\n"
    return text.encode()
