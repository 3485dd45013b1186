"""The journal: what is left of a process that was killed, and when it can be believed."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Deferred,
    Outcome,
    Rejected,
    Uncertain,
    Withheld,
)
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.spool import journal as journals
from newsletter.spool.journal import Journal, dead_owners, forget_evidence, read_evidence

OWNER = "up-host-1/42"
FIRST, SECOND, THIRD = (1, 10, 0), (1, 11, 0), (1, 12, 2)
TAKEN = Accepted(Reply(250, "Ok: queued as ABC", "2.0.0"), "ABC")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path, OWNER)
    journal.open_window()
    return journal


def test_a_claim_without_a_dot_was_not_sent(journal: Journal, tmp_path: Path) -> None:
    journal.record_dot(FIRST)
    assert read_evidence(tmp_path, OWNER).of(SECOND) is None


def test_a_dot_without_an_answer_is_uncertain(journal: Journal, tmp_path: Path) -> None:
    journal.record_dot(FIRST)
    assert isinstance(read_evidence(tmp_path, OWNER).of(FIRST), Uncertain)


def test_an_answer_is_known_from_the_next_dot_on(journal: Journal, tmp_path: Path) -> None:
    journal.record_dot(FIRST)
    journal.record_outcome(FIRST, TAKEN)
    journal.record_dot(SECOND)
    evidence = read_evidence(tmp_path, OWNER)
    assert evidence.of(FIRST) == TAKEN
    assert isinstance(evidence.of(SECOND), Uncertain)


def test_a_dot_that_the_relay_refused_for_what_came_behind_it_counts_as_not_sent(
    journal: Journal, tmp_path: Path
) -> None:
    journal.record_dot(FIRST)
    journal.record_outcome(FIRST, Withheld())
    journal.flush_outcomes()
    assert read_evidence(tmp_path, OWNER).of(FIRST) == Withheld()
    journal.record_dot(FIRST)
    assert isinstance(read_evidence(tmp_path, OWNER).of(FIRST), Uncertain), "it was sent again"


def test_another_attempt_is_another_line(journal: Journal, tmp_path: Path) -> None:
    journal.record_dot((1, 10, 0))
    assert read_evidence(tmp_path, OWNER).of((1, 10, 1)) is None


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=60)
replies = st.builds(
    Reply,
    st.integers(200, 599),
    texts.map(lambda text: "\n".join(text.splitlines())),
    st.sampled_from(["", "2.0.0", "5.1.1"]),
)
outcomes = st.one_of(
    st.builds(Accepted, replies, st.text("ABCdef0123-.", max_size=12).filter(lambda t: t != "-")),
    st.builds(Deferred, replies, st.sampled_from(list(Stage))),
    st.builds(Rejected, replies, st.sampled_from(list(Stage))),
    st.builds(Uncertain, texts),
)


@given(outcomes)
def test_every_outcome_is_read_back_as_it_was(outcome: Outcome) -> None:
    assert journals._loaded(journals._dumped(outcome)) == outcome
    assert "\n" not in journals._dumped(outcome)


def test_refusals_that_an_earlier_version_wrote_are_read() -> None:
    """It wrote what it took a reply to mean behind the reply."""
    deferred = journals._loaded('["D", 421, "4.7.0", "too many", "rcpt", true]')
    assert deferred == Deferred(Reply(421, "too many", "4.7.0"), Stage.RCPT)
    rejected = journals._loaded('["R", 550, "5.1.1", "no such user", "rcpt", true, false]')
    assert rejected == Rejected(Reply(550, "no such user", "5.1.1"), Stage.RCPT)


def test_a_line_that_was_cut_off_was_not_followed_by_a_dot(
    journal: Journal, tmp_path: Path
) -> None:
    journal.record_dot(FIRST)
    journal.record_dot(SECOND)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    evidence = read_evidence(tmp_path, OWNER)
    assert evidence.is_complete
    assert isinstance(evidence.of(FIRST), Uncertain)
    assert evidence.of(SECOND) is None


def test_without_a_file_every_claim_is_uncertain(tmp_path: Path) -> None:
    evidence = read_evidence(tmp_path, OWNER)
    assert not evidence.is_complete
    assert isinstance(evidence.of(FIRST), Uncertain)


def test_a_file_from_before_the_machine_started_again_is_not_believed(
    journal: Journal, tmp_path: Path
) -> None:
    journal.record_dot(FIRST)
    (path,) = tmp_path.iterdir()
    _, _, rest = path.read_text(encoding="utf-8").partition(" ")
    path.write_text(f"J another-boot {rest.partition(' ')[2]}", encoding="utf-8")
    assert isinstance(read_evidence(tmp_path, OWNER).of(SECOND), Uncertain)


def test_a_reply_that_outlasted_a_loss_of_power_is_believed_and_silence_is_not(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines may be missing at the end, or a page of them may be zeros. No line is made up."""
    journal.record_dot(FIRST)
    journal.record_outcome(FIRST, TAKEN)
    journal.record_dot(THIRD)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + b"D 1 1" + bytes(40) + b"1 0\n" + bytes(100))
    monkeypatch.setattr(journals, "_boot_id", lambda: "the next boot")
    evidence = read_evidence(tmp_path, OWNER)
    assert evidence.of(FIRST) == TAKEN
    assert isinstance(evidence.of(THIRD), Uncertain)
    assert isinstance(evidence.of(SECOND), Uncertain)
    assert len(evidence.dots) == 2


def test_a_full_file_is_followed_by_another_and_goes_when_its_windows_are_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "ROTATE_BYTES", 5)
    journal = Journal(tmp_path, OWNER)
    first = journal.open_window()
    journal.record_dot(FIRST)
    second = journal.open_window()
    journal.record_outcome(FIRST, TAKEN)
    journal.record_dot(SECOND)
    assert len(list(tmp_path.iterdir())) == 2
    assert read_evidence(tmp_path, OWNER).of(FIRST) == TAKEN
    journal.close_window(first)
    assert len(list(tmp_path.iterdir())) == 1
    journal.close_window(second)
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_reported_before_the_dot(tmp_path: Path) -> None:
    journal = Journal(tmp_path, OWNER)
    journal.open_window()
    full = os.open("/dev/full", os.O_WRONLY)
    (generation,) = journal._descriptors
    os.dup2(full, journal._descriptors[generation])
    journal.record_outcome(THIRD, TAKEN)
    with pytest.raises(OSError, match="No space"):
        journal.record_dot(FIRST)
    assert read_evidence(tmp_path, OWNER).of(FIRST) is None


def test_a_line_that_a_full_disk_cut_off_spoils_no_other_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path, OWNER)
    journal.open_window()
    journal.record_dot(FIRST)
    journal.record_outcome(FIRST, TAKEN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_size(tmp_path) + 12, resource.RLIM_INFINITY))
    try:
        with pytest.raises(OSError, match="only in part"):
            journal.record_dot(SECOND)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    journal.record_dot(THIRD)
    found = read_evidence(tmp_path, OWNER)
    assert found.is_complete
    assert found.of(FIRST) == TAKEN
    assert found.of(SECOND) is None
    assert isinstance(found.of(THIRD), Uncertain)


@pytest.mark.parametrize(
    "rubbish", [b"D 1 2", b"R 1 2R 1 2 0 x", b"D \xff\xfe 1 2", b"R 1 2 0 A 250"]
)
def test_a_line_that_can_not_be_read_stops_no_recovery(tmp_path: Path, rubbish: bytes) -> None:
    journal = Journal(tmp_path, OWNER)
    journal.open_window()
    journal.record_dot(FIRST)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + rubbish + b"\n")
    found = read_evidence(tmp_path, OWNER)
    assert isinstance(found.of(FIRST), Uncertain)
    assert len(found.dots) == 1


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.iterdir())


HOLDER = """
import sys
from pathlib import Path
from newsletter.spool.journal import Journal
journal = Journal(Path(sys.argv[1]), sys.argv[2])
journal.open_window()
journal.record_dot((1, 10, 0))
print("ready", flush=True)
sys.stdin.read()
"""


def test_the_files_of_a_killed_process_are_found(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    assert dead_owners(tmp_path) == []
    process.kill()
    process.wait()
    assert dead_owners(tmp_path) == [OWNER]
    forget_evidence(tmp_path, OWNER)
    assert dead_owners(tmp_path) == []
