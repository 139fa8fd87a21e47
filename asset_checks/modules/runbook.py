"""What to do when a check of the module finder fails: a paragraph a check, sent with its page."""

RUNBOOK = {
    "contract": (
        "A dataset is not what was declared of it. The run stopped before anything was made of it, "
        "and the last snapshot stays shown. Look at the check's offending rows, then at the "
        "dataset upstream that brought them. If the dump has changed its form, the reader or the "
        "declaration has to follow; if it is damaged, fetch it again and run `modules run "
        "--snapshot KEY --choose-again`."
    ),
    "anomaly": (
        "A number is apart from the snapshots before. An ERROR holds the wiki back. When all wikis "
        "moved, think of the code or of a change of all dumps; when one moved, of its dumps. If "
        "the change is real, materialize `modules/publishable` of the snapshot with `release`, a "
        "reason and your name in its configuration."
    ),
    "texts": (
        "The index of the export lists titles whose text is not in their stream: index and export "
        "are not of one making, or pages were deleted between them. A few are harmless; many ask "
        "for the files to be fetched again."
    ),
    "history": (
        "A wiki's history lacks its newest files, so that its edits of late are not counted: they "
        "may not have been there yet when it was fetched, or nobody edits there. Fetch the folder "
        "of its month again, and run the snapshot with `--choose-again`. Nothing is held."
    ),
    "views": (
        "The month of views can not be read, so that readers of articles are not known of any "
        "wiki, and count for nothing in scores. Fetch the file again, and run the snapshot with "
        "`--choose-again`. Nothing is held."
    ),
    "gone": (
        "A wiki that had modules has none: its export has lost a namespace, or its name has "
        "changed. The wiki is held. Look at its siteinfo, and fetch the export again."
    ),
    "targets": (
        "Many pages use titles of the module namespace that have no module: modules are missing "
        "from the export, or templatelinks and export are of different dates. Nothing is held."
    ),
    "broken": (
        "More modules than usual do not read as whole Lua, and did before: the export's texts may "
        "be cut or be read wrongly, or somebody broke what many copied. The wiki is held; look at "
        "a few of them with `modules module WIKI/PAGE_ID --code`."
    ),
    "largest": (
        "One family has a large share of all modules: something has become too alike, such as a "
        "loader that many pages begin with, or a fault in how shapes are made. All is held, and "
        "the last snapshot stays shown. Look at the family with `modules family`; if it is what it "
        "seems, release the wikis, or raise the rule `family_share`."
    ),
    "kept": (
        "Many of the large families of the last snapshot are not there any more. Nothing is held. "
        "Look whether wikis are left out of this snapshot, or whether rules of similarity changed."
    ),
    "gate": (
        "Something of the snapshot is held back or left out; the sentence says why. Mend that and "
        "run the snapshot again, or release the wiki: materialize `modules/publishable` with "
        "`release`, a reason and your name."
    ),
    "run": (
        "A run failed, and what it was to make is not there. The sentence says why. What fails in "
        "passing, such as a mirror that does not answer or a process that was killed, is tried "
        "again by itself, after a wait that doubles each time, as often as the rule `run_attempts` "
        "says. What stays, such as a damaged file, is tried again when the file is another; or run "
        "it by hand with `modules run --snapshot KEY`."
    ),
    "sensor": (
        "A sensor fails, or could look at nothing for longer than the rule `blind_minutes` allows, "
        "and starts nothing while it is so. See its ticks in the UI under Automation; where "
        "nothing can be looked at, see whether the folder of the dumps is mounted, or the mirror "
        "answers. Snapshots can be run by hand meanwhile (`modules run`). When the next tick ends "
        "well, the page is over."
    ),
}
