"""How long it takes to explain one article, by how many there are.

    python -m benchmarks.explain

Made-up snapshots of one wiki, sorted as the graph keeps them: five files an item, three of them
suggested, half of the articles out. Articles are asked for in no order, by title and by page id.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from benchmarks.measure import machine, print_table
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.server.explanations import explain
from imagesuggest_assets.server.pages import Pages
from imagesuggest_assets.server.published import CONSIDERED

WIKI, FILES = "ptwiki", 5
_ARTICLE = "'ptwiki' AS wiki_db, page_id, page_id AS revision_id, 'Title_' || page_id AS title"
_ROWS = {
    "considered_articles": f"""
        SELECT {_ARTICLE}, 'Q' || page_id AS item_id, page_id % 2 = 0 AS commons_image,
            CASE WHEN page_id % 2 = 0 THEN ['Shown_' || page_id || '.jpg'] END AS commons_images
        FROM range(1, $articles + 1) each(page_id) ORDER BY title
    """,
    "considered_files": """
        SELECT 'Q' || page_id AS item_id, 'File_' || page_id || '_' || file || '.jpg' AS image,
            CASE WHEN file < 4 THEN ['istype-depicts', 'istype-lead-image'] END AS kinds,
            CASE WHEN file < 4 THEN 80 END AS confidence, file >= 4 AS no_signal,
            CASE WHEN file >= 4 THEN ['p18|not_on_commons|||File.jpg'] END AS left_out,
            file = 3 AS name, CASE WHEN file = 3 THEN 'map' END AS word
        FROM range(1, $articles + 1) each(page_id), range($files) of(file) ORDER BY item_id, image
    """,
    "filtered_suggestions": f"""
        SELECT {_ARTICLE}, 'Q' || page_id AS item_id, 'File_' || page_id || '_' || file || '.jpg'
            AS image, 80 AS confidence, ['istype-depicts', 'istype-lead-image'] AS kinds,
            file + 1 AS rank
        FROM range(1, $articles + 1, 2) each(page_id), range(3) of(file)
    """,
    "feedback": """
        SELECT 'ptwiki' AS wiki_db, page_id, 'File_' || page_id || '_4.jpg' AS file_name,
            'rejected' AS outcome, 'article' AS about
        FROM range(1, $articles + 1, 10) each(page_id)
    """,
    "pages": f"SELECT {_ARTICLE}, 0 AS namespace, false AS is_redirect "
    "FROM range(1, $articles + 1) each(page_id)",
}


def written(folder: Path, articles: int) -> dict[str, list[Path]]:
    """Write the files of a snapshot, with every declared column."""
    files = {}
    with duckdb.connect() as connection:
        for name in CONSIDERED:
            given = {"articles": articles} | ({"files": FILES} if "$files" in _ROWS[name] else {})
            made = connection.sql(_ROWS[name], params=given)
            kinds = {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN"}
            columns = ", ".join(
                f'"{column.name}"'
                if column.name in made.columns
                else f'NULL::{kinds.get(column.type, "VARCHAR[]")} AS "{column.name}"'
                for column in DATASETS[name].columns
                if column.type != "timestamp('UTC')"
            )
            more = ", NULL::TIMESTAMPTZ AS dt" if name == "feedback" else ""
            target = folder / f"{name}-{articles}.parquet"
            made.project(columns + more).write_parquet(str(target), compression="zstd")
            files[name] = [target]
    return files


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", default="200000,2000000", help="(default: %(default)s)")
    parser.add_argument("--asked", type=int, default=200, help="articles that are explained")
    options = parser.parse_args(arguments)
    print(machine())
    settings = msgspec.json.encode(Rules().settings()).decode()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for articles in map(int, options.articles.split(",")):
            files, pages = written(Path(temporary), articles), Pages()
            for by in ("title", "page id"):
                chosen = random.Random(1).sample(range(1, articles + 1), options.asked)
                took = []
                for page in chosen:
                    started = time.process_time()
                    with pages.cursor() as cursor:
                        asked = f"Title_{page}" if by == "title" else page
                        told = explain(cursor, files, settings, WIKI, asked)
                    took.append(time.process_time() - started)
                    if told["page_id"] != page or len(told["files"]) != FILES:
                        raise RuntimeError(f"page {page} is explained as {told}")
                took.sort()
                rows.append(
                    {
                        "articles": articles,
                        "asked by": by,
                        "CPU ms, median": 1000 * took[len(took) // 2],
                        "of a hundred, the slowest": 1000 * took[len(took) * 99 // 100],
                    }
                )
            pages.close()
    print_table("Explaining one article", rows)


if __name__ == "__main__":
    main()
