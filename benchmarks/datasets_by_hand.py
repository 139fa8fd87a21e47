"""The datasets of the graph written by hand in PySpark, each kept as a table that the next are
computed from, as the graph does; nothing is counted, described or checked. Measured by by_hand.py.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as sf

from imagesuggest_assets.rules import Rules

CONDITIONS = ("overused", "name", "placeholder_category", "not_a_picture", "too_small")
WIKI_PAGE, WIKI_FILE = ["wiki_db", "page_id"], ["wiki_db", "file_name"]


def name_of(dataset: Callable[["ByHand"], DataFrame]) -> str:
    """Give the name of the dataset that a method computes."""
    return dataset.__name__.removeprefix("_")


class ByHand:
    """The tables that were read, and those that are computed of them, in ``out``."""

    def __init__(self, spark: SparkSession, lake: Path, out: Path) -> None:
        self.spark, self.lake, self.out = spark, lake, out
        self.rules = Rules()

    def read(self, name: str) -> DataFrame:
        """Give a table: one computed here, else the lake's."""
        if (self.out / name).exists():
            return self.spark.read.parquet(str(self.out / name))
        pointer = next((self.lake / name).glob("snapshot=*/_current.json"))
        version = json.loads(pointer.read_text())["version"]
        return self.spark.read.parquet(str(pointer.parent / version))

    def articles(self) -> DataFrame:
        """Pages of namespace 0 of target wikis that are no redirects."""
        return (
            self.read("pages")
            .where("namespace = 0 and not is_redirect")
            .where("wiki_db <> 'commonswiki'")
        )

    def targets(self, links: DataFrame, target_id: str) -> DataFrame:
        """Add what links point to."""
        targets = self.read("mediawiki_linktarget").withColumnRenamed("lt_id", target_id)
        return links.join(targets, ["wiki_db", target_id], "left")

    def moved(self, rows: DataFrame) -> DataFrame:
        """Let file names be what Commons redirects them to, but for those that are hidden."""
        redirects = self.read("file_redirects")
        hidden = self.read("local_files").join(redirects, "file_name", "left_semi")
        rows = rows.join(redirects, "file_name", "left")
        rows = rows.join(hidden.withColumn("hidden", sf.lit(True)), WIKI_FILE, "left")
        moved = sf.expr("if(hidden is null, coalesce(target, file_name), file_name)")
        return rows.withColumn("file_name", moved).drop("target", "hidden")

    def _pages(self) -> DataFrame:
        page = self.read("mediawiki_page")
        page = page.where("page_namespace = 0 or page_namespace = 6 and wiki_db = 'commonswiki'")
        return page.selectExpr(
            "wiki_db",
            "page_id",
            "page_namespace as namespace",
            "page_title as title",
            "page_is_redirect as is_redirect",
            "page_latest as revision_id",
        )

    def _incoming_links(self) -> DataFrame:
        links = self.targets(self.read("mediawiki_pagelinks"), "pl_target_id").selectExpr(
            "wiki_db",
            "pl_from",
            "if(pl_target_id is null, pl_title, lt_title) as title",
            "if(pl_target_id is null, pl_namespace, lt_namespace) as namespace",
        )
        links = links.where("namespace = 0 and title is not null")
        return links.groupBy("wiki_db", "title").agg(sf.countDistinct("pl_from").alias("links"))

    def _local_files(self) -> DataFrame:
        image = self.read("mediawiki_image").where("wiki_db <> 'commonswiki'")
        return image.selectExpr("wiki_db", "img_name as file_name").distinct()

    def _commons_files(self) -> DataFrame:
        files = self.read("pages").where(
            "wiki_db = 'commonswiki' and namespace = 6 and not is_redirect"
        )
        files = files.groupBy(sf.col("title").alias("file_name")).agg(
            sf.min("page_id").alias("page_id")
        )
        image = self.read("mediawiki_image").where("wiki_db = 'commonswiki'")
        image = image.groupBy(sf.col("img_name").alias("file_name")).agg(
            sf.max("img_media_type").alias("media_type"), sf.max("img_width").alias("width")
        )
        return files.join(image, "file_name", "left")

    def _disambiguations(self) -> DataFrame:
        props = self.read("mediawiki_page_props").where("pp_propname = 'disambiguation'")
        props = props.selectExpr("wiki_db", "pp_page as page_id").distinct()
        return props.join(self.articles(), WIKI_PAGE, "left_semi")

    def _file_redirects(self) -> DataFrame:
        pages = self.read("pages").where(
            "wiki_db = 'commonswiki' and namespace = 6 and is_redirect"
        )
        pages = pages.selectExpr("page_id as rd_from", "title as file_name")
        found = self.read("mediawiki_redirect").where("coalesce(rd_interwiki, '') = ''")
        return (
            found.join(pages, "rd_from")
            .groupBy("file_name")
            .agg(sf.min("rd_title").alias("target"))
        )

    def _page_items(self) -> DataFrame:
        props = self.read("mediawiki_page_props").where("pp_propname = 'wikibase_item'")
        props = props.selectExpr("wiki_db", "pp_page as page_id", "pp_value as item_id")
        return props.join(self.articles(), WIKI_PAGE, "left_semi")

    def _commons_category_files(self) -> DataFrame:
        links = self.targets(self.read("mediawiki_categorylinks"), "cl_target_id")
        links = links.where("coalesce(lt_namespace, 14) = 14").selectExpr(
            "if(cl_target_id is null, cl_to, lt_title) as category", "cl_from as page_id"
        )
        files = self.read("commons_files")
        return links.where("category is not null").join(files, "page_id", "left_semi").distinct()

    def _image_links(self) -> DataFrame:
        links = self.targets(self.read("mediawiki_imagelinks"), "il_target_id")
        links = links.where("coalesce(lt_namespace, 6) = 6").selectExpr(
            "wiki_db",
            "il_from as page_id",
            "if(il_target_id is null, il_to, lt_title) as file_name",
        )
        return self.moved(links.where("file_name is not null")).distinct()

    def _lead_images(self) -> DataFrame:
        props = self.read("mediawiki_page_props").where("pp_value <> ''")
        props = props.where("pp_propname in ('page_image_free', 'page_image')")
        free = sf.expr("max(if(pp_propname = 'page_image_free', pp_value, null))")
        other = sf.expr("max(if(pp_propname = 'page_image', pp_value, null))")
        chosen = props.groupBy("wiki_db", sf.col("pp_page").alias("page_id")).agg(
            sf.coalesce(free, other).alias("file_name")
        )
        return self.moved(chosen.join(self.articles(), WIKI_PAGE, "left_semi"))

    def _commons_category_sizes(self) -> DataFrame:
        told = self.read("mediawiki_category").groupBy(sf.col("cat_title").alias("category"))
        counted = self.read("commons_category_files").groupBy("category")
        rows = told.agg(sf.max("cat_files").alias("told")).join(
            counted.agg(sf.count("*").alias("counted")), "category", "full"
        )
        return rows.selectExpr("category", "coalesce(told, counted) as files")

    def _overused_files(self) -> DataFrame:
        articles, rules = self.articles(), self.rules
        n = sf.count("*")
        line = sf.greatest(
            n * rules.overuse_pages / sf.lit(float(rules.overuse_articles)),
            sf.lit(rules.overuse_least),
        )
        size = sf.greatest(n / sf.lit(float(rules.overuse_articles)), sf.lit(1.0))
        large = rules.overuse_pages * (sf.log10(size) + 1)
        limits = articles.groupBy("wiki_db").agg(
            sf.ceil(sf.when(n < rules.overuse_articles, line).otherwise(large)).alias("most")
        )
        uses = (
            self.read("image_links")
            .join(articles, WIKI_PAGE, "left_semi")
            .join(self.read("local_files"), WIKI_FILE, "left_anti")
            .join(self.read("commons_files"), "file_name", "left_semi")
        )
        by_wiki = uses.groupBy("wiki_db", "file_name").agg(sf.count("*").alias("pages"))
        totals = by_wiki.join(sf.broadcast(limits), "wiki_db").groupBy("file_name")
        return totals.agg(sf.sum("pages").alias("pages"), sf.sum("most").alias("limit")).where(
            sf.col("pages") > sf.col("limit")
        )

    def _signals(self) -> DataFrame:
        rules, claims = self.rules, self.read("item_claims")
        files = self.read("commons_files").select("page_id", "file_name")

        def signal(rows: DataFrame, name: str, score: str, found_on: str) -> DataFrame:
            return rows.selectExpr(
                "page_id",
                "item_id",
                f"'{name}' as signal",
                f"cast({score} as bigint) as score",
                f"cast({found_on} as array<string>) as found_on",
            )

        def left_out(rows: DataFrame, name: str, why: str, *more: str) -> DataFrame:
            found_on, count, limit = more or ("null", "null", "null")
            return rows.selectExpr(
                "null as page_id",
                "null as file_name",
                "item_id",
                f"'{name}' as signal",
                "cast(null as bigint) as score",
                f"cast({found_on} as array<string>) as found_on",
                f"'{why}' as left_out",
                "value",
                f"cast({count} as bigint) as count",
                f"cast({limit} as bigint) as limit",
            )

        p18 = claims.where("property = 'P18'").withColumnRenamed("value", "file_name")
        p18 = p18.join(self.read("file_redirects"), "file_name", "left")
        p18 = p18.withColumn("file_name", sf.coalesce("target", "file_name")).join(
            files, "file_name", "left"
        )
        elsewhere = p18.where("page_id is null").selectExpr("item_id", "file_name as value")
        p18 = p18.where("page_id is not null").select("page_id", "item_id").distinct()

        p373 = claims.where("property = 'P373'").withColumnRenamed("value", "category")
        shared = p373.groupBy("category").agg(sf.countDistinct("item_id").alias("items"))
        p373 = p373.join(shared, "category").join(
            self.read("commons_category_sizes"), "category", "left"
        )
        below, most_items = rules.category_files_below, rules.category_items_most
        categories = p373.withColumnRenamed("category", "value")
        p373 = p373.where(f"items <= {most_items} and files < {below}")
        p373 = p373.join(self.read("commons_category_files"), "category").withColumn(
            "score", sf.expr(f"floor({rules.score_most} / log2(greatest(files, 1) + 1) + 0.5)")
        )
        p373 = p373.groupBy("page_id", "item_id").agg(sf.max("score").alias("score"))

        local = self.read("local_files").withColumn("local", sf.lit(True))
        names = (
            self.read("lead_images")
            .join(self.read("page_items"), WIKI_PAGE)
            .drop("page_id")
            .join(local, WIKI_FILE, "left")
            .join(files, "file_name", "left")
            .where("local or page_id is null")
            .drop("page_id")
            .withColumnRenamed("file_name", "value")
        )
        lead = (
            self.read("lead_images")
            .join(self.read("local_files"), WIKI_FILE, "left_anti")
            .join(self.read("page_items"), WIKI_PAGE)
            .join(self.read("pages").select("wiki_db", "page_id", "title"), WIKI_PAGE)
            .join(self.read("incoming_links"), ["wiki_db", "title"], "left")
            .select("wiki_db", "item_id", "file_name", "links")
            .join(files, "file_name")
        )
        lead = lead.groupBy("page_id", "item_id").agg(
            sf.sum(sf.coalesce("links", sf.lit(0))).alias("links"),
            sf.sort_array(sf.collect_set("wiki_db")).alias("found_on"),
        )
        most, enough = rules.score_most, rules.lead_image_links
        score = f"least({most}, (2 * {most} * links + {enough}) div (2 * {enough}))"

        depicts = self.read("depicts").select("page_id", "item_id").distinct()
        found = (
            signal(p18, "p18", str(most), "null")
            .union(signal(p373, "p373", "score", "null"))
            .union(signal(lead, "lead_image", score, "found_on"))
            .union(signal(depicts, "depicts", "null", "null"))
        )
        many = found.groupBy("signal", "page_id").agg(sf.count("*").alias("count"))
        many = many.where(sf.col("count") > rules.file_items_most)
        rows = found.join(many, ["signal", "page_id"], "left").join(files, "page_id", "left")
        rows = rows.selectExpr(
            "if(file_name is null, null, page_id) as page_id",
            "file_name",
            "item_id",
            "signal",
            "score",
            "found_on",
            "case when file_name is null then 'not_on_commons' "
            "when count is not null then 'file_of_many_items' end as left_out",
            "if(file_name is null, concat('M', page_id), null) as value",
            "if(file_name is null, null, count) as count",
            f"if(file_name is null or count is null, null, {rules.file_items_most}) as limit",
        )
        large, shared = f"files >= {below}", f"items > {most_items}"
        names = names.groupBy("item_id", "value").agg(
            sf.sort_array(sf.collect_set("wiki_db")).alias("found_on")
        )
        gone = "not_on_commons"
        for more in (
            left_out(
                categories.where(large), "p373", "category_too_large", "null", "files", str(below)
            ),
            left_out(
                categories.where(shared),
                "p373",
                "category_of_many_items",
                "null",
                "items",
                str(most_items),
            ),
            left_out(elsewhere.distinct(), "p18", gone),
            left_out(names, "lead_image", gone, "found_on", "null", "null"),
        ):
            rows = rows.union(more)
        return rows

    def _considered_articles(self) -> DataFrame:
        links = self.read("image_links").unionByName(self.read("lead_images"))
        local_files = self.read("local_files")
        pictures = links.join(local_files, WIKI_FILE, "left_semi")
        commons = (
            links.join(local_files, WIKI_FILE, "left_anti")
            .join(self.read("commons_files"), "file_name", "left_semi")
            .join(self.read("overused_files"), "file_name", "left_anti")
        )

        def listed(rows: DataFrame, keys: list[str], column: str, name: str) -> DataFrame:
            found = sf.sort_array(sf.collect_set(column)).alias(name)
            return rows.groupBy(*keys).agg(found)

        claims = self.read("item_claims")
        classes, above = claims.where("property = 'P31'"), claims.where("property = 'P279'")
        below = sf.col("value").isin(list(self.rules.excluded_classes))
        excluded = classes.where(below).selectExpr("item_id", "concat(value, '|', value) as c")
        under = above.where(below).withColumnRenamed("value", "excluded")
        for _ in range(self.rules.excluded_levels):
            subclasses = under.selectExpr("item_id as value", "excluded").distinct()
            found = classes.join(subclasses, "value")
            excluded = excluded.union(
                found.selectExpr("item_id", "concat(value, '|', excluded) as c")
            )
            under = above.join(subclasses, "value").select("item_id", "excluded")
        ambiguous = self.read("disambiguations").withColumn("disambiguation", sf.lit(True))
        rows = (
            self.articles()
            .drop("namespace", "is_redirect")
            .join(self.read("page_items"), WIKI_PAGE, "left")
            .join(listed(pictures, WIKI_PAGE, "file_name", "local_images"), WIKI_PAGE, "left")
            .join(listed(commons, WIKI_PAGE, "file_name", "commons_images"), WIKI_PAGE, "left")
            .join(ambiguous, WIKI_PAGE, "left")
            .join(listed(excluded, ["item_id"], "c", "excluded_classes"), "item_id", "left")
        )
        return rows.withColumns(
            {
                "no_item": sf.isnull("item_id"),
                "local_image": sf.isnotnull("local_images"),
                "commons_image": sf.isnotnull("commons_images"),
                "disambiguation": sf.coalesce("disambiguation", sf.lit(False)),
                "excluded_class": sf.isnotnull("excluded_classes"),
            }
        ).orderBy("wiki_db", "title")

    def _unillustrated_articles(self) -> DataFrame:
        return (
            self.read("considered_articles")
            .where("not (no_item or local_image or commons_image or disambiguation)")
            .where("not excluded_class")
            .select("wiki_db", "page_id", "revision_id", "title", "item_id")
        )

    def pairs(self, signals: DataFrame) -> DataFrame:
        """Items and files, with what takes each out."""
        rules = self.rules
        kinds = {
            "istype-commons-category": ("p373", rules.p373_confidence),
            "istype-depicts": ("depicts", rules.depicts_confidence),
            "istype-lead-image": ("lead_image", rules.lead_image_confidence),
            "istype-wikidata-image": ("p18", rules.p18_confidence),
        }
        files = self.read("commons_files").join(signals, "page_id", "left_semi")
        files = files.join(self.read("overused_files"), "file_name", "left")
        placeholders = self.read("commons_category_files").where(
            sf.col("category").isin(list(rules.placeholder_categories))
        )
        placeholders = placeholders.groupBy("page_id").agg(sf.min("category").alias("placeholder"))
        files = files.join(placeholders, "page_id", "left")
        lower = sf.lower("file_name")
        named = [sf.when(lower.contains(word.lower()), word) for word in rules.name_words]
        named.append(
            sf.when(sf.col("file_name").isin(list(rules.placeholder_files)), sf.col("file_name"))
        )
        picture = sf.lit(False)
        for extension in rules.picture_extensions:
            picture = picture | lower.endswith(f".{extension}")
        media = sf.coalesce(
            sf.col("media_type").isin(list(rules.picture_media_types)), sf.lit(True)
        )
        files = files.withColumns({"word": sf.coalesce(*named), "picture": media & picture})
        files = files.withColumns(
            {
                "overused": sf.isnotnull("pages"),
                "name": sf.isnotnull("word"),
                "placeholder_category": sf.isnotnull("placeholder"),
                "not_a_picture": ~sf.col("picture"),
                "too_small": sf.coalesce(sf.col("width") < rules.width_least, sf.lit(False)),
            }
        ).withColumnsRenamed({"pages": "overused_pages", "limit": "overused_limit"})
        pairs = signals.groupBy("item_id", "page_id").agg(
            *(sf.max(sf.col("signal") == name).alias(name) for name, _ in kinds.values()),
            sf.first("found_on", ignorenulls=True).alias("found_on"),
        )
        rows = pairs.join(files.withColumnRenamed("file_name", "image"), "page_id")
        each = [sf.when(sf.col(name), kind) for kind, (name, _) in kinds.items()]
        confidences = [sf.when(sf.col(name), value) for name, value in kinds.values()]
        return rows.select(
            "item_id",
            "page_id",
            "image",
            sf.array_compact(sf.array(*each)).alias("kinds"),
            sf.greatest(*confidences).alias("confidence"),
            "found_on",
            *CONDITIONS,
            *("overused_pages", "overused_limit", "word", "placeholder", "media_type", "width"),
        )

    def _considered_files(self) -> DataFrame:
        items = self.read("considered_articles").select("item_id")
        signals = self.read("signals").join(items, "item_id", "left_semi")
        left = signals.where("left_out is not null").selectExpr(
            "item_id",
            "coalesce(file_name, if(signal in ('p18', 'lead_image'), value, null)) as image",
            "concat_ws('|', signal, left_out, coalesce(string(count), ''), "
            "coalesce(string(limit), ''), coalesce(value, '')) as text",
        )
        left = left.groupBy("item_id", "image").agg(
            sf.sort_array(sf.collect_list("text")).alias("left_out")
        )
        local = self.read("local_files").groupBy(sf.col("file_name").alias("image"))
        local = local.agg(sf.sort_array(sf.collect_list("wiki_db")).alias("hidden_on"))
        rows = self.pairs(signals.where("left_out is null")).join(
            left, ["item_id", "image"], "full"
        )
        rows = rows.join(local, "image", "left").withColumn("no_signal", sf.isnull("kinds"))
        no = {name: sf.coalesce(name, sf.lit(False)) for name in CONDITIONS}
        rows = rows.withColumns(no).drop("page_id")
        return rows.withColumn(
            "excluded_categories", sf.expr("cast(null as array<string>)")
        ).orderBy("item_id", "image")

    def _candidate_images(self) -> DataFrame:
        columns = ("item_id", "image", "kinds", "confidence", "found_on", *CONDITIONS)
        items = self.read("considered_articles").select("item_id")
        others = self.read("signals").where("left_out is null").join(items, "item_id", "left_anti")
        considered = self.read("considered_files").where("not no_signal").select(*columns)
        rows = considered.union(self.pairs(others).select(*columns))
        return rows.where(f"not ({' or '.join(CONDITIONS)})").drop(*CONDITIONS)

    def _commons_weighted_tags(self) -> DataFrame:
        tags = self.read("signals").where("left_out is null and signal <> 'depicts'")
        tags = tags.where("score > 0")
        tags = tags.groupBy("page_id", "signal").agg(
            sf.sort_array(sf.collect_list(sf.concat_ws("|", "item_id", "score"))).alias("values")
        )
        tag = sf.expr(
            "'image.linked.from.' || case signal when 'p18' then 'wikidata.p18' "
            "when 'p373' then 'wikidata.p373' else 'wikipedia.lead_image' end"
        )
        return tags.select(
            sf.lit("commonswiki").alias("wikiid"),
            "page_id",
            sf.lit(6).alias("page_namespace"),
            tag.alias("tag"),
            "values",
        )

    def _filtered_suggestions(self) -> DataFrame:
        judged = self.read("feedback").where(
            "about = 'article' and outcome in ('accepted', 'rejected')"
        )
        judged = judged.withColumnRenamed("file_name", "image")
        own = self.read("local_files").withColumnRenamed("file_name", "image")
        rows = (
            self.read("unillustrated_articles")
            .join(self.read("candidate_images"), "item_id")
            .join(judged, [*WIKI_PAGE, "image"], "left_anti")
            .join(own, ["wiki_db", "image"], "left_anti")
        )
        best = Window.partitionBy(*WIKI_PAGE).orderBy(
            sf.desc("confidence"),
            sf.desc(sf.size("kinds")),
            sf.desc(sf.coalesce(sf.size("found_on"), sf.lit(0))),
            "image",
        )
        rows = rows.withColumn("rank", sf.row_number().over(best))
        most = self.rules.suggestions_most
        rows = rows.where(sf.col("rank") <= most) if most else rows
        return rows.orderBy(*WIKI_PAGE, "rank")

    def _wiki_flags(self) -> DataFrame:
        articles = self.read("filtered_suggestions").select(*WIKI_PAGE).distinct()
        return articles.selectExpr(
            "wiki_db as wikiid",
            "page_id",
            "0 as page_namespace",
            "'recommendation.image' as tag",
            "array('exists|1') as values",
        )

    def _search_index_full(self) -> DataFrame:
        return self.read("commons_weighted_tags").union(self.read("wiki_flags"))

    datasets: ClassVar[tuple[Callable[["ByHand"], DataFrame], ...]] = (
        _pages,
        _incoming_links,
        _local_files,
        _commons_files,
        _disambiguations,
        _file_redirects,
        _page_items,
        _commons_category_files,
        _image_links,
        _lead_images,
        _commons_category_sizes,
        _overused_files,
        _signals,
        _considered_articles,
        _unillustrated_articles,
        _considered_files,
        _candidate_images,
        _commons_weighted_tags,
        _filtered_suggestions,
        _wiki_flags,
        _search_index_full,
    )

    def run(self) -> dict[str, dict[str, float]]:
        """Write each dataset; give when each began and ended, in seconds since 1970."""
        steps = {}
        for dataset in self.datasets:
            started = time.time()
            rows, target = dataset(self), self.out / name_of(dataset)
            rows.write.option("compression", "zstd").parquet(str(target))
            steps[name_of(dataset)] = {"start": started, "end": time.time()}
        return steps


NAMES = tuple(map(name_of, ByHand.datasets))
