"""Trap cases about files and items: claims, names, categories, counts at their edges, pictures."""

from collections.abc import Iterator

from tests.acceptance.traps_world import MISSING_TARGET, Claim, World, deprecated, preferred
from tests.acceptance.traps_writing import Record

NFD_CAFE, NFD_ECOLE = "Cafe\u0301.jpg", "e\u0301cole.jpg"

# Category: rows, cat_files (None: not in the table); each holds the one file <category>.jpg
# more than its other rows, and is the P373 of the item <1100 + place in the list>.
SIZES: dict[str, tuple[int, int | None]] = {
    "Size_1": (1, 1),
    "Size_2": (2, 2),
    "Size_3_untold": (3, None),
    "Size_0": (1, 0),
    "Size_minus": (1, -5),
    "Size_7_of_2": (2, 7),
    "Size_65534": (1, 65_534),
    "Size_65535": (1, 65_535),
    "Size_65536": (1, 65_536),
    "Size_99999": (1, 99_999),
    "Size_100000": (1, 100_000),
    "Size_100001": (1, 100_001),
}

# The P18 of an item (1400 + place), the title of the page on Commons.
SPELLINGS = [
    ("spelled lower.jpg", "Spelled_lower.jpg"),
    ("File:Prefixed name.jpg", "Prefixed_name.jpg"),
    ("  Blanks around.jpg \u205f", "Blanks_around.jpg"),
    ("_Underscored.jpg_ _", "Underscored.jpg"),
    ("\u3000Wide blanks.jpg\u00a0", "Wide_blanks.jpg"),
    (" File:_ prefix and blanks.jpg", "Prefix_and_blanks.jpg"),
    (NFD_CAFE, "Café.jpg"),
    (NFD_ECOLE, "École.jpg"),
    ("Naïve.jpg", "Nai\u0308ve.jpg"),
    ("ßharp.jpg", "ßharp.jpg"),
    ("ქართული.jpg", "ქართული.jpg"),
    ("ŉ.jpg", "ŉ.jpg"),
    ("ñandú.jpg", "Ñandú.jpg"),
    ("жук.jpg", "Жук.jpg"),
    ("Spelled on commons.jpg", "spelled on commons.jpg"),
    ("Profile:File:.jpg", "Profile:File:.jpg"),
    ("\u200eMarked\u202c.j\u200fpg", "Marked.jpg"),
    ("Nbsp\u00a0and\u2003_ em.jpg", "Nbsp_and_em.jpg"),
    ("Run in the page.jpg", "Run__in_\u3000the page.jpg"),
    ("image : of image.jpg", "Of_image.jpg"),
    ("CATEGORY:Of category.jpg", "Of_category.jpg"),
    ("File:Image:twice.jpg", "Image:twice.jpg"),
    ("ﬁ.jpg", "ﬁ.jpg"),
    ("e\u200e\u0301toile.jpg", "Étoile.jpg"),
]
HOSTILE = [
    'It\'s_"q"_\\.jpg',
    "A),(B.jpg",
    "A);.jpg",
    "A,(B.jpg",
    "',NULL,'.jpg",
    "Line\nbreak.jpg",
    "Back\\new\\'quote.jpg",
    "Ends_in\\",
    "NULL",
    "Tab\tand\rreturn.jpg",
    "Comma,_semi;colon.jpg",
    "😀,日本語.jpg",
    "/*_--_#.jpg",
]
FORBIDDEN_NAMES = [
    "FlAg_of_x.jpg",
    "Big_NoAntImage.jpg",
    "NO_FREE_Image_yet.jpg",
    "Image_Manquante_1.jpg",
    "RePlace_This_image.jpg",
    "Big_DISAMBIGuation.jpg",
    "All_REGIONS.jpg",
    "RoadMAP.jpg",
    "DeFault_x.jpg",
    "Un_DÉ_DEFAUT.jpg",
    "FALTA_imagem_x.jpg",
    "ImageNa.jpg",
    "Xnoimagex.JPG",
    "NoEnzyImage.jpg",
    "Plain.bitmap",
]
NEAR_NAMES = [
    "Fla_g_x.jpg",
    "NoXfreeXimage.jpg",
    "No-free-image.jpg",
    "Image-manquante.jpg",
    "ReplaceXthisXimage.jpg",
    "Falta_imagem.jpg",
    "One_region.jpg",
    "M_a_p.jpg",
    "Image_NA.jpg",
    "Defau_lt.jpg",
]
# Name: media type, width (None: no image row), whether it is a picture.
PICTURES: dict[str, tuple[str | None, int | None, bool]] = {
    "Kind_raster.xcf": ("BITMAP", 800, False),
    "Kind_drawing.pdf": ("DRAWING", 800, False),
    "Kind_audio.jpg": ("AUDIO", 800, False),
    "Kind_video.png": ("VIDEO", 800, False),
    "Kind_office.tiff": ("OFFICE", 800, False),
    "Kind_unknown.jpg": ("UNKNOWN", 800, False),
    "Kind_null.jpg": (None, 800, True),
    "Kind_null_narrow.jpg": (None, 50, False),
    "Kind_null.djvu": (None, 800, False),
    "Wide_100.jpg": ("BITMAP", 100, True),
    "Wide_99.jpg": ("BITMAP", 99, False),
    "Wide_0.svg": ("DRAWING", 0, False),
    "Bare.jpg": (None, None, True),
    "Bare.JPG": (None, None, True),
    "Bare.jpEg": (None, None, True),
    "Bare.png": (None, None, True),
    "Bare.GIF": (None, None, True),
    "Bare.svg": (None, None, True),
    "Bare.tif": (None, None, True),
    "Bare.Tiff": (None, None, True),
    "Bare.webp": (None, None, True),
    "Bare.pdf.jpg": (None, None, True),
    "Bare.jpg.pdf": (None, None, False),
    "Bare.ogv": (None, None, False),
    "Bare_without_extension": (None, None, False),
    "Jpg": (None, None, False),
    "Barejpg": (None, None, False),
    "Bare.jpg2": (None, None, False),
    "Kind_book.djvu": ("BITMAP", 800, False),
    "Kind_raster.JPeG": ("BITMAP", 800, True),
    "Kind_drawing.SVG": ("DRAWING", None, True),
    "Kind_model.webp": ("3D", 800, False),
    "Kind_without_extension": ("BITMAP", 800, False),
}


def add_signals(world: World) -> None:
    """Every case of this module."""
    for case in (
        _sizes,
        _categories,
        _shared,
        _tied,
        _depicted,
        _several_categories,
        _ranks,
        _names,
        _pictures,
    ):
        case(world)


def numbered(first: int, count: int) -> Iterator[str]:
    """So many item ids in a row."""
    return (f"Q{number}" for number in range(first, first + count))


def _sizes(world: World) -> None:
    commons = world.commons
    for number, (category, (rows, files)) in enumerate(SIZES.items()):
        world.item(f"Q{1100 + number}", P373=category.replace("_", " "))
        for row in range(rows):
            commons.file(f"{category}.jpg" if row == 0 else f"{category}_{row}.jpg", category)
        if files is not None:
            commons.category(category, files)
    # None of these is a file in the category that the table does not tell.
    commons.file("Size_3_redirect.jpg", "Size_3_untold", redirect=True)
    commons.member(commons.page("Size_3_gallery"), "Size_3_untold", "page")
    commons.member(commons.page("Size_3_gallery_2"), "Size_3_untold")
    commons.member(commons.page("Size_3_subcategory", 14), "Size_3_untold", "subcat")
    commons.member(commons.file("Size_3_as_page.jpg"), "Size_3_untold", "page")
    commons.member(999_999, "Size_3_untold")
    commons.category("Without_files", 12)
    commons.category("table only", 3)


def _categories(world: World) -> None:
    commons = world.commons
    # The same category under its other spellings, the table's the one in lower case.
    commons.file("Spelled_category.jpg", "spelled category")
    commons.category("spelled_category", 31)
    world.item("Q1150", P373="Spelled_category ")
    world.item("Q1151", P373="NULL")
    commons.file("In_null.jpg", "NULL")
    # A target id wins over the title beside it, its absence leaves the title, nothing beside a
    # missing one is believed.
    page_id = commons.file("Category_by_target.jpg")
    for title, target in (
        ("Wrong_category", commons.target(14, "By_target")),
        ("By_title", None),
        ("By_missing_target", MISSING_TARGET),
    ):
        row = {"cl_from": page_id, "cl_to": title, "cl_target_id": target, "cl_type": "file"}
        commons.add("categorylinks", **row)
    for number, category in enumerate(
        ["Wrong_category", "By_target", "By_title", "By_missing_target"]
    ):
        world.item(f"Q{1160 + number}", P373=category)


def _shared(world: World) -> None:
    """P373 values of 99 and of 100 items."""
    commons = world.commons
    for item in numbered(20_000, 99):
        world.item(item, P373="Shared_99")
    world.item("Q20099", P373=deprecated("Shared_99"))
    world.item("Q20200", P373=["Shared_99", preferred("Elsewhere")])
    for number, item in enumerate(numbered(20_100, 100)):
        world.item(item, P373="shared 100" if number % 2 else "Shared_100")
    commons.file("Crowd_99.jpg", "Shared_99")
    commons.file("Crowd_100.jpg", "Shared_100")
    commons.file("Still_tied.jpg", "Shared_100", "Own_subject")
    world.item("Q20300", P373="Own_subject")
    # A file in a category that is too large, and in one that is not.
    commons.file("In_huge_and_small.jpg", "Size_100000", "Own_subject")


def _tied(world: World) -> None:
    """Files of 99 and of 100 items, by p373 and by p18."""
    commons = world.commons
    for first, count, category in (
        (21_000, 60, "Sixty"),
        (21_100, 40, "Forty"),
        (21_200, 39, "Thirty_nine"),
        (22_000, 60, "Overlapping_a"),
        (22_021, 78, "Overlapping_b"),
    ):
        for item in numbered(first, count):
            world.item(item, P373=category)
    commons.file("Sum_100.jpg", "Sixty", "Forty")
    commons.file("Sum_99.jpg", "Sixty", "Thirty_nine")
    commons.file("Overlap_99.jpg", "Overlapping_a", "Overlapping_b")
    for item in numbered(23_000, 99):
        world.item(item, P18="Poster 99.jpg")
    world.item("Q23000", P18=["File:Poster_99.jpg"])
    world.item("Q23099", P18=[deprecated("Poster_99.jpg")])
    for number, item in enumerate(numbered(23_100, 100)):
        world.item(item, P18="poster 100.jpg" if number % 2 else "Poster_100.jpg")
    commons.file("Poster_99.jpg")
    commons.file("Poster_100.jpg")
    world.new.article("Poster_100", "Q23100", lead="Poster_100.jpg")
    world.new.linked("Poster_100", 10)


def _depicted(world: World) -> None:
    commons = world.commons
    world.depict(
        commons.file("Depicted_99.jpg"),
        P180=[*numbered(25_000, 99), deprecated("Q25099")],
        P921=list(numbered(25_000, 10)),
    )
    world.depict(
        commons.file("Depicted_100.jpg"),
        P180=list(numbered(25_100, 50)),
        P921=list(numbered(25_150, 50)),
        P6243=["Q25100"],
    )
    world.depict(
        commons.file("Depicts_ranks.jpg"),
        P180=[
            preferred("Q25300"),
            "Q25301",
            deprecated("Q25302"),
            Claim(None, snak="somevalue"),
            Claim(None, "preferred", snak="novalue"),
        ],
        P6243=[Claim("Q25303", numeric_only=True)],
        P921=["Q25304"],
        P170=["Q25305"],
    )
    world.depict(commons.file("Depicts_as_redirect.jpg", redirect=True), P180=["Q25306"])
    world.depict(888_888, P180=["Q25307"])
    world.depict(commons.page("Depicts_as_gallery"), P180=["Q25308"])
    empties: list[Record] = [{"statements": []}, {"statements": {}}, {}]
    for number, empty in enumerate(empties):
        page_id = commons.file(f"Empty_{number}.jpg")
        world.media.append({"type": "mediainfo", "id": f"M{page_id}"} | empty)
    world.new.article("Depicted_99", "Q25000")
    world.new.article("Depicted_100", "Q25100")


def _several_categories(world: World) -> None:
    commons = world.commons
    world.item("Q1200", P373=["Large_home", "Small_home"])
    world.item("Q1201", P373=["Cosy_home", "Large_home"])
    commons.category("Large_home", 1023)
    commons.category("Small_home", 7)
    commons.category("Cosy_home", 2)
    commons.file("In_both.jpg", "Large_home", "Small_home")
    commons.file("In_cosy.jpg", "Cosy_home", "Large_home")
    commons.file("In_large.jpg", "Large_home")
    commons.file("Holder.jpg", "Image_placeholders", "Small_home")
    commons.member(commons.file("Seems_holder.jpg", "Small_home"), "Image_placeholders", "page")


def _ranks(world: World) -> None:
    for letter in "ABCDEFGHIJKLMN":
        world.commons.file(f"Rank_{letter}.jpg")
    nothing, something = Claim(None, "preferred", "novalue"), Claim(None, "preferred", "somevalue")
    cases: list[list[str | Claim]] = [
        [preferred("Rank_A.jpg"), "Rank_B.jpg"],
        [deprecated("Rank_C.jpg")],
        [nothing, "Rank_D.jpg"],
        [something, preferred("Rank_E.jpg"), "Rank_F.jpg"],
        [Claim(None, snak="somevalue"), "Rank_G.jpg"],
        ["Rank_H.jpg", "Rank_I.jpg"],
        [deprecated("Rank_J.jpg"), "Rank_K.jpg"],
        [preferred("Rank_L.jpg"), preferred("Rank_M.jpg"), deprecated("Rank_L.jpg")],
    ]
    for number, claims in enumerate(cases):
        world.item(f"Q{1300 + number}", P18=claims)
    # Ranks are compared within one property only.
    world.item("Q1308", P18="Rank_N.jpg", P373=[preferred("Elsewhere")])


def _names(world: World) -> None:
    for number, (spelled, _) in enumerate(SPELLINGS):
        world.item(f"Q{1400 + number}", P18=spelled)
    # Two pages of one name.
    for title in ("Spelled__twice.jpg", "Spelled_twice.jpg"):
        world.depict(world.commons.file(title, f"With_{title}"), P180=["Q1461"])
    world.item("Q1461", P18="Spelled twice.jpg")
    # P373 loses its namespace once, too.
    world.item("Q1460", P373="category: category:Named so")
    world.commons.file("In_category_of_category.jpg", "Category:Named_so")
    for _, title in SPELLINGS:
        world.commons.file(title)
    world.item("Q1450", P18="Two  blanks.jpg")
    world.commons.file("Two_blanks.jpg")
    world.commons.file("P18_as_redirect.jpg", redirect=True)
    world.item("Q1451", P18="P18_as_redirect.jpg")
    world.item("Q1452", P18="On_no_wiki.jpg")
    world.commons.page("A_gallery.jpg")
    world.item("Q1453", P18="A_gallery.jpg")
    for number, name in enumerate(HOSTILE):
        world.item(f"Q{1500 + number}", P18=name, P373=f"Category_{name}")
        world.commons.file(name, f"Category_{name}")


def _pictures(world: World) -> None:
    for number, name in enumerate([*FORBIDDEN_NAMES, *NEAR_NAMES]):
        world.item(f"Q{1600 + number}", P18=name.replace("_", " "))
        world.commons.file(name)
    for number, (name, (media_type, width, _)) in enumerate(PICTURES.items()):
        world.item(f"Q{1700 + number}", P18=name)
        world.commons.file(name, media_type=media_type, width=width)
