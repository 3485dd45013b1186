"""Names, links and sentences that the lifelike newsletters are made of. All of it is invented."""

from __future__ import annotations

PEOPLE = (
    "Amara", "Bjarne", "Carmen", "Dario", "Elif", "Frida", "Goran", "Hana", "Ines", "Jonas",
    "Kofi", "Leila", "Mats", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Tove",
    "Ulla", "Viktor", "Wanda", "Xenia", "Yusuf", "Zofia", "Anders", "Berit", "Chen", "Dunja",
)  # fmt: skip
TOWNS = ("Husum", "Berlin", "Oslo", "Lisbon", "Rotterdam")
DIGEST_TITLES = (
    "Tide tables for servers",
    "Boring databases and other pleasures",
    "How to leave a harbour quietly",
    "Maps, queues and a good rope",
    "Small files, long lives",
    "The art of the changelog",
    "Lanterns: on watching systems at night",
    "What we learned from a flood",
    "Fewer alarms",
    "Letters to the next maintainer",
)
THOUGHTS = (
    "It waits, and so do you.",
    "The best part is the last page.",
    "Worth an evening, and a second reading in winter.",
    "Nothing here is new, and all of it is well said.",
    "A tool that does one thing and then stops.",
    "Read it before your next migration, not after.",
    "The comments disagree, politely.",
    "An hour of work saved each week, says the author.",
)
LINKS = tuple(
    (title, f"https://{host}.example.com/{slug}", words)
    for title, host, slug, words in (
        ("A queue you can read with cat", "queues", "plain-files", "Each job is one file."),
        ("tidetable: cron for the sea", "tools", "tidetable", "Some jobs want high water."),
        ("Why our backups were empty", "ledger", "empty-backups", "A story in five logs."),
        ("SQLite in a lighthouse", "lamp", "sqlite", "One keeper, one file, no network."),
        ("The menu of maintenance windows", "kitchen", "windows", "Pick a slot, not a fight."),
        ("Postgres at rest", "elephants", "at-rest", "What an idle database does all night."),
        ("Knots every administrator needs", "ropes", "knots", "The bowline is a transaction."),
        ("Notes on renaming things", "words", "renaming", "A good name is found, not made."),
        ("A lint for runbooks", "tools", "runbook-lint", "It finds steps nobody can follow."),
        ("Paging nobody", "alarms", "paging-nobody", "They switched off 41 alarms. See why."),
        ("Feature flags, ten years on", "harbour", "flags", "Most were never taken down."),
        ("The ship's log as a format", "ledger", "ships-log", "Append only, since 1680."),
        ("How email finds its way", "post", "smtp", "Seven servers and one envelope."),
        ("Cheap observability", "lamp", "cheap", "Three counters and a clock."),
        ("Writing an incident letter", "words", "letters", "Say what broke, then stop."),
        ("Green threads, grey water", "queues", "green", "A benchmark with opinions."),
        ("A museum of error messages", "alarms", "museum", "Please press any key."),
        ("What a cache forgets", "kitchen", "cache", "Stale bread and other metaphors."),
        ("Moving house with rsync", "tools", "rsync", "Flags explained by a mover."),
        ("Static sites that stay", "harbour", "static", "Twenty years, one folder."),
        ("The slow web in numbers", "lamp", "slow-web", "Pages weigh more than letters."),
        ("Interview: the last operator", "post", "operator", "She still knows each cable."),
        ("On deleting code", "words", "deleting", "A eulogy for ten thousand lines."),
        ("Clocks that disagree", "ledger", "clocks", "Leap seconds, and how to shrug."),
    )
)
