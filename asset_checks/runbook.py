"""What to do when a check fails: a paragraph a check, sent with its page and kept in docs/."""

RUNBOOK = {
    "contract": (
        "A dataset is not what was declared of it: a column is missing or of another type, a key "
        "occurs twice, a value is out of its bounds, or a reference leads nowhere. The run stopped "
        "before anything was made of it; the last published data stays. Look at the check's "
        "offending rows, then at the dataset upstream that brought them. If the dump has changed "
        "its form, the reader or the declaration has to follow; if the dump is damaged, fetch it "
        "again and run the snapshot again with `imagesuggest run --snapshot KEY --choose-again`."
    ),
    "inputs": (
        "A table of the dumps has less in it than it can have: it is empty although the wiki has "
        "articles, a column is always NULL, links have lost their targets, or pages are gone. "
        "An ERROR holds the wiki back and its last good data stays in place; one of commonswiki or "
        "the entities stopped the run. With a WARN it went on. Compare the size of the dump's "
        "file with last time (`imagesuggest snapshots show KEY`) and look whether the dump of "
        "that wiki was announced as broken. Fetch it again, and run the snapshot again with "
        "`imagesuggest run --snapshot KEY --choose-again`; if the wiki really is like that, "
        "`imagesuggest release --snapshot KEY --wiki WIKI --reason TEXT`. A limit that is wrong "
        "for good is a rule. Of feedback, what editors said before stays known. Files that are "
        "gone may have been purged: then nothing has to be done; if a folder is not mounted, mount "
        "it. A damaged file is read up to the damage, and again when it changes: fetch it again. "
        "Where many events of a file make no sense, the materialization of `feedback` shows which "
        "lines, and why; their makers have to know."
    ),
    "anomaly": (
        "A number is apart from what was published in the weeks before. An ERROR holds the wiki "
        "(or Commons' tags) back and its last good data stays in place; the other wikis went out. "
        "Open the check and see which numbers moved together: when all wikis moved, think of "
        "Commons, Wikidata or a change of the code; when one moved, of its dumps. Follow the rows "
        "upstream: plots on the assets show what was taken out and why. If the change is real, "
        "`imagesuggest release --snapshot KEY --wiki WIKI --reason TEXT`; if it is not, leave it "
        "held and repair the cause. If a wiki is always this lively, give it its own bounds with "
        "the rule `anomaly_by_wiki`."
    ),
    "confidence": (
        "People rated files drawn at random, and so many of a kind fit, or so few, that the rules' "
        "number for it is wrong: above the interval of what was measured, or below it by 10 or "
        "more. Nothing was changed, and all went out. `imagesuggest confidence` shows what was "
        "measured, and the lines for the rules file; put them there if you agree, else rate more. "
        "Or ratings can not be read: the sentence names the file, the line, and why. Put the line "
        "right or take it out; all others count."
    ),
    "gate": (
        "Something of the snapshot does not go out. A wiki that is left out had no whole dump when "
        "the patience was over, or a file of it can not be read, which the sentence names with the "
        "row: see `imagesuggest snapshots show KEY`. Fetch the file again. When it comes, the wiki "
        "joins by a run of its own, without anybody's doing. A wiki that is held back here has a "
        "page id or revision that the readers' columns can not hold: nobody can release it, the "
        "columns have to be made wider first. Or somebody released it, and since then it got worse "
        "than what they saw: look at what changed, and release it again if that is right. A "
        "snapshot that is older than the last one let through does no harm, and is not published "
        "over the newer one."
    ),
    "freshness": (
        "Readers get old data: for longer than the rule `fresh_days` allows nothing of this wiki "
        "was shipped to the readers' store (of Commons' tags, to the search index) and found well "
        "when it was read back. If the sentence names a snapshot that was let through, look at "
        "its run: the load fails, or what is read back is wrong; `imagesuggest load --snapshot "
        "KEY` tries again, and also writes the ledger anew where that was lost. Else run "
        "`imagesuggest health` and `imagesuggest snapshots`: they tell whether dumps are missing, "
        "a run fails, the wiki is held back, or the sensors stand still. Dumps that do not come "
        "any more are a matter for their makers; everything else has a page of its own that says "
        "what to do. A wiki that is no target any more is watched as long as anything of it is "
        "published: `imagesuggest retire WIKI --reason TEXT` withdraws it."
    ),
    "published": (
        "What was read back from where readers and search look is not what was sent there. The "
        "sentence names the wiki and a page. Somebody else may have written there, or it was put "
        "back from a backup. The next load of the readers' store compares that wiki with what is "
        "really there; `imagesuggest load --snapshot KEY --full` does so at once. For the search "
        "index, materialize `search_index_delta` with `full: true` in its configuration, then "
        "`search_bulk_files` and `search_index_update`. Tables of the metastore are put right by "
        "materializing the asset that the sentence names, `hive_tables` or "
        "`hive_search_index_delta`. If the server did not answer, its own "
        "people have to look first; then run the snapshot again."
    ),
    "run": (
        "A run failed before its checks could say anything. The sentence names the asset and the "
        "reason; the link leads to the run's log. What fails in passing, such as a mirror that "
        "does not answer or a process that was killed, is tried again by itself, after a wait that "
        "doubles each time, as often as the rule `run_attempts` says. What stays, such as a "
        "damaged file, is tried again when the file is another; or run it by hand with "
        "`imagesuggest run --snapshot KEY`."
    ),
    "sensor": (
        "A sensor fails, or could look at nothing for longer than the rule `blind_minutes` allows, "
        "so nothing new is seen or started by it. The sentence has the error; the whole of it is "
        "in the UI under Automation, at the sensor's last tick. Where nothing can be looked at, "
        "see whether the folder of the dumps is mounted, or the mirror answers and lets you in; "
        "what was seen before stays known. Snapshots can be run by hand meanwhile (`imagesuggest "
        "run`). When the next tick ends well, the page is over."
    ),
    "late": (
        "A snapshot does not come: for longer than the rule `patience_days` says none of its wikis "
        "has all that is needed. The sentence names what is missed, and since when. Of the Data "
        "Lake that is most often a week of `wikidata_item_page_link`: whoever runs its job has to "
        "know, and run that week again. Nothing has to be done here: the snapshot is run when what "
        "it waits for is there, the page is over then, and a newer snapshot does not wait for an "
        "older one. `imagesuggest snapshots` shows the same."
    ),
    "file": (
        "A small file of the lake can not be read, or something lies among the partitions that is "
        "none. What hangs on it goes on as if it were not there: a snapshot whose gate can not be "
        "read is not looked back at, a ledger that can not be read counts as lost. The sentence "
        "names the file, the line where it has lines, and what to do. Only a spoiled line of "
        "`decisions.jsonl` stops something: no snapshot comes through its gate before the line is "
        "right or gone, since it may hold a wiki back. A last line that was cut off decides "
        "nothing; whoever decided that was told that it failed, and decides it again. When the "
        "file is right the page is over."
    ),
    "paging": (
        "Something that people should be told of could not be looked at, so whatever is wrong with "
        "it is not paged; pages about everything else are. The sentence has what it was, and the "
        "error. A full disk or a file that can not be read are the usual causes. Put that right; "
        "what was missed is told then, and the page is over. `imagesuggest health` says the same."
    ),
    "daemon": (
        "The daemon that runs the sensors gives no sign of life: no dump is noticed, no run is "
        "started, and no page is sent but by `imagesuggest health --page`. Look whether its "
        "process (`make ui`, or `dagster-daemon run`) is there and start it again; what was due "
        "meanwhile is caught up with by itself. If it dies again, its log says why."
    ),
    "test": (
        "Somebody tried whether pages arrive, with `imagesuggest page-test`. Nothing has to be "
        "done."
    ),
}
"""By check; what is not a check of Dagster's is in it too: runs and sensors that fail."""
