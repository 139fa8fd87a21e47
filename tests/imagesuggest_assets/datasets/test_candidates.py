"""Overuse and what takes a file out, at the edges of SPEC.md section 4, on both engines."""

from imagesuggest_assets.datasets.candidates import (
    candidate_images,
    considered_files,
    overused_files,
)
from imagesuggest_assets.rules import Rules
from tests.tables import Tables

KEPT = (None,) * 4
"""What leaves a signal out: nothing."""
PICTURE = ("BITMAP", 800)


def articles(wiki: str, count: int) -> list[tuple[object, ...]]:
    """So many articles of a wiki."""
    return [(wiki, page, 0, f"Page_{page}", False, 1) for page in range(1, count + 1)]


def uses(wiki: str, name: str, count: int) -> list[tuple[object, ...]]:
    """A file used on the first so many pages of a wiki."""
    return [(wiki, page, name) for page in range(1, count + 1)]


def test_a_file_is_overused_on_more_articles_than_the_wikis_that_use_it_allow(
    tables: Tables,
) -> None:
    names = ("At_limit.jpg", "Above.jpg", "Two_wikis.jpg", "Two_above.jpg", "Gone.jpg")
    found = tables.compute(
        overused_files,
        commons_files=[(page, name, *PICTURE) for page, name in enumerate(names[:4], 1)],
        pages=[
            *articles("chwiki", 40),
            *articles("arwiki", 40),
            ("commonswiki", 1, 0, "A", False, 1),
        ],
        image_links=[
            *uses("chwiki", "At_limit.jpg", 4),
            *uses("chwiki", "Above.jpg", 5),
            *uses("chwiki", "Two_wikis.jpg", 7),
            *uses("arwiki", "Two_wikis.jpg", 1),
            *uses("chwiki", "Two_above.jpg", 8),
            *uses("arwiki", "Two_above.jpg", 1),
            *uses("chwiki", "Gone.jpg", 30),
        ],
    )
    assert found == [("Above.jpg", 5, 4), ("Two_above.jpg", 9, 8)]


def test_redirects_missing_pages_and_hidden_files_do_not_count_as_use(tables: Tables) -> None:
    redirects = [("chwiki", page, 0, f"Redirect_{page}", True, 1) for page in range(5, 30)]
    found = tables.compute(
        overused_files,
        commons_files=[(1, "Icon.svg", *PICTURE), (2, "Hidden.svg", *PICTURE)],
        pages=[*articles("chwiki", 4), *redirects],
        local_files=[("chwiki", "Hidden.svg")],
        image_links=[*uses("chwiki", "Icon.svg", 60), *uses("chwiki", "Hidden.svg", 4)],
    )
    assert not found


def test_the_limit_grows_with_the_size_of_the_wiki(tables: Tables) -> None:
    # A hundredth of the real sizes, so that a test can make them.
    rules = Rules(overuse_articles=500)
    sizes = {"awiki": 125, "bwiki": 133, "cwiki": 134, "dwiki": 499, "ewiki": 500, "fwiki": 5000}
    found = tables.compute(
        overused_files,
        rules,
        commons_files=[(page, f"{wiki}.svg", *PICTURE) for page, wiki in enumerate(sizes, 1)],
        pages=[page for wiki, size in sizes.items() for page in articles(wiki, size)],
        image_links=[use for wiki in sizes for use in uses(wiki, f"{wiki}.svg", 40)],
    )
    limits = {name.removesuffix(".svg"): limit for name, _, limit in found}
    # 15 n / 500 rounded up, at least 3.75 rounded up, and 15 more for each tenfold size.
    assert limits == {"awiki": 4, "bwiki": 4, "cwiki": 5, "dwiki": 15, "ewiki": 15, "fwiki": 30}


def kept(tables: Tables, files: list[tuple[object, ...]], **more: object) -> set[str]:
    """Names of the files that stay candidates, each the P18 of an item of its own."""
    signals = [(file[0], file[1], f"Q{file[0]}", "p18", 1000, None, *KEPT) for file in files]
    found = tables.compute(candidate_images, commons_files=files, signals=signals, **more)
    return {row[1] for row in found}


def test_a_name_gives_away_flags_maps_and_placeholders_in_any_case(tables: Tables) -> None:
    bad = [
        "FLAG_of_Guam.svg",
        "NoAntImage.jpg",
        "No_Free_Image.png",
        "Image_Manquante.png",
        "replace_this_image_male.svg",
        "Disambig.svg",
        "REGIONS.png",
        "Bitmap_of_1990.png",
        "Default.png",
        "Par_Defaut.png",
        "Falta_imagem_de.png",
        "IMAGEna.png",
        "NOIMAGE.png",
        "NoEnzyImage.png",
    ]
    good = ["Fla_g.jpg", "M_ap.jpg", "Image_na.jpg", "Dİsambig.jpg", "Cat.jpg"]
    files = [(page, name, *PICTURE) for page, name in enumerate(bad + good, 1)]
    assert kept(tables, files) == set(good)


def test_only_pictures_of_at_least_100_pixels_stay(tables: Tables) -> None:
    files = [
        (1, "Photo.jpg", "BITMAP", 100),
        (2, "Drawing.SVG", "DRAWING", None),
        (3, "Small.jpg", "BITMAP", 99),
        (4, "None.jpg", "BITMAP", 0),
        (5, "Sound.jpg", "AUDIO", None),
        (6, "Unknown.jpg", "UNKNOWN", 800),
        (7, "By_extension.JPEG", None, None),
        (8, "By_extension.a.webp", None, None),
        (9, "By_extension.ogg", None, None),
        (10, "Jpg", None, None),
        (11, "Paper.pdf.tiff", None, None),
        (12, "Paper.tiff.pdf", None, None),
        # A book of scans is a BITMAP, and so is what no browser shows.
        (13, "Book.djvu", "BITMAP", 800),
        (14, "Raster.xcf", "BITMAP", 800),
        (15, "Paper.pdf", "DRAWING", 800),
        (16, "Film.gif", "VIDEO", 800),
        (17, "Model.png", "3D", 800),
        (18, "jpg", "BITMAP", 800),
        (19, "Photo.jpg2", "BITMAP", 800),
    ]
    assert kept(tables, files) == {
        "Photo.jpg",
        "Drawing.SVG",
        "By_extension.JPEG",
        "By_extension.a.webp",
        "Paper.pdf.tiff",
    }


def test_overused_files_and_files_of_placeholder_categories_are_taken_out(tables: Tables) -> None:
    files = [(1, "Icon.svg", *PICTURE), (2, "Nobody.svg", *PICTURE), (3, "Cat.jpg", *PICTURE)]
    found = kept(
        tables,
        files,
        overused_files=[("Icon.svg", 50, 4)],
        commons_category_files=[("Image_placeholders", 2), ("Cats", 3)],
    )
    assert found == {"Cat.jpg"}


def test_placeholders_can_be_named(tables: Tables) -> None:
    files = [(1, "Nobody.svg", *PICTURE), (2, "Cat.jpg", *PICTURE)]
    found = kept(tables, files, rules=Rules(placeholder_files=["Nobody.svg"]))
    assert found == {"Cat.jpg"}


def test_kinds_are_collected_and_the_highest_confidence_counts(tables: Tables) -> None:
    found = tables.compute(
        candidate_images,
        commons_files=[(1, "Cat.jpg", *PICTURE)],
        signals=[
            (1, "Cat.jpg", "Q1", "p18", 1000, None, *KEPT),
            (1, "Cat.jpg", "Q1", "lead_image", 0, ["arwiki", "chwiki"], *KEPT),
            (1, "Cat.jpg", "Q1", "depicts", None, None, *KEPT),
            (1, "Cat.jpg", "Q2", "depicts", None, None, *KEPT),
            (1, "Cat.jpg", "Q3", "p373", 63, None, *KEPT),
        ],
    )
    assert found == [
        (
            "Q1",
            "Cat.jpg",
            ["istype-depicts", "istype-lead-image", "istype-wikidata-image"],
            90,
            ["arwiki", "chwiki"],
        ),
        ("Q2", "Cat.jpg", ["istype-depicts"], 70, None),
        ("Q3", "Cat.jpg", ["istype-commons-category"], 80, None),
    ]


def test_of_items_of_articles_every_file_is_kept_with_all_that_speaks_against_it(
    tables: Tables,
) -> None:
    large = ("category_too_large", "Things", 100_000, 100_000)
    given = {
        "considered_articles": [
            ("chwiki", 1, 1, "Cat", "Q1", *(False,) * 5, *(None,) * 3),
            ("chwiki", 2, 1, "Dog", None, True, *(False,) * 4, *(None,) * 3),
        ],
        "signals": [
            (1, "Cat.jpg", "Q1", "p18", 1000, None, *KEPT),
            (1, "Cat.jpg", "Q1", "lead_image", 9, ["arwiki"], "file_of_many_items", None, 100, 99),
            (2, "Map.ogg", "Q1", "lead_image", 9, ["arwiki"], *KEPT),
            (3, "Many.jpg", "Q1", "depicts", None, None, "file_of_many_items", None, 101, 99),
            (None, None, "Q1", "p373", None, None, *large),
            (None, None, "Q1", "p18", None, None, "not_on_commons", "Gone.jpg", None, None),
            (1, "Cat.jpg", "Q2", "p18", 1000, None, *KEPT),
        ],
        "commons_files": [
            (1, "Cat.jpg", "BITMAP", 800),
            (2, "Map.ogg", "AUDIO", 99),
            (3, "Many.jpg", None, None),
        ],
        "overused_files": [("Map.ogg", 9, 4)],
        "commons_category_files": [
            ("Image_placeholders", 2),
            ("Ugly", 1),
            ("Ugly", 2),
            ("Bad", 1),
            ("Other", 1),
        ],
        "local_files": [("chwiki", "Cat.jpg"), ("arwiki", "Cat.jpg"), ("chwiki", "Gone.jpg")],
    }
    rules = Rules(
        wikis={"chwiki": {"excluded_categories": ["Ugly"]}, "a": {"excluded_categories": ["Bad"]}}
    )
    found = tables.compute(considered_files, rules, **given)
    no, nothing = (False,) * 5, (None,) * 4
    gone = ["p18|not_on_commons|||Gone.jpg"]
    assert found == [
        (
            *("Q1", "Cat.jpg", ["istype-wikidata-image"], 90, None),
            *(["lead_image|file_of_many_items|100|99|"], False, *no, *nothing, *PICTURE),
            *(["arwiki", "chwiki"], ["Bad", "Ugly"]),
        ),
        ("Q1", "Gone.jpg", None, None, None, gone, True, *no, *nothing, *(None,) * 4),
        (
            *("Q1", "Many.jpg", None, None, None, ["depicts|file_of_many_items|101|99|"]),
            *(True, *no, *nothing, *(None,) * 4),
        ),
        (
            *("Q1", "Map.ogg", ["istype-lead-image"], 80, ["arwiki"], None, False),
            *(True,) * 5,
            *(9, 4, "map", "Image_placeholders", "AUDIO", 99, None, ["Ugly"]),
        ),
        (
            *("Q1", None, None, None, None),
            *(["p373|category_too_large|100000|100000|Things"], True, *no, *nothing),
            *(None,) * 4,
        ),
    ]
    both = tables.compute(
        candidate_images,
        rules,
        considered_files=found,
        **{name: rows for name, rows in given.items() if name != "local_files"},
    )
    assert [row[:2] for row in both] == [("Q1", "Cat.jpg"), ("Q2", "Cat.jpg")]
