"""The messages judged by others: two spam filters, two verifiers of DKIM, two parsers.

What RFC 8058 asks of them is in usecases/readers/test_one_click.py.
"""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from newsletter.cli import main
from newsletter.config import Settings
from newsletter.domain.checks.spam_opinions import Opinion, opinion_findings
from newsletter.mail.dkim.signature import DkimKey, MessageSigner
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.usecases.checks.score_spam import opinion_of
from tests.conftest import lacking
from tests.mail.dkim.test_signature import _ed25519_for_dkimpy  # noqa: F401  for every test here
from tests.support.issues import PROFILE, built, parsed, rendered
from tests.support.services.spam_filters import (
    answering,
    rspamd_program,
    running_rspamd,
    running_spamd,
    spamd_program,
)

# On one worker: each filter is started once.
pytestmark = pytest.mark.xdist_group("judges")

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "harbour-digest.md"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "techshack-2019-07.txt"
NOW = datetime.now(UTC)
RELAY = "192.0.2.10"
KEYS = (
    DkimKey("rsa1", rsa.generate_private_key(65537, 2048)),
    DkimKey("ed1", ed25519.Ed25519PrivateKey.generate()),
)
RECORDS = {
    ("example.org", "txt"): [f"v=spf1 ip4:{RELAY} -all"],
    ("_dmarc.example.org", "txt"): ["v=DMARC1; p=reject; adkim=s; aspf=s"],
    **{
        (f"{key.selector}._domainkey.example.org", "txt"): [
            f"v=DKIM1; k={key.kind}; p={key.public_half}"
        ]
        for key in KEYS
    },
}
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
"""Every filter takes this line for spam, so that one can see whether it looks at all."""
SPAM = f"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\n{GTUBE}\r\n".encode()


def severity_of(opinion: Opinion) -> str:
    (finding,) = opinion_findings(opinion)
    return finding.severity.value


def signed_copy(path: Path) -> bytes:
    content = issue_content(parse_digest(path.read_text(encoding="utf-8")))
    edition = rendered(replace(content, number=7), PROFILE)
    message = built(edition, date=NOW)
    return MessageSigner(KEYS).sign(message, NOW) + message


@pytest.fixture(
    scope="module",
    params=[
        "sample",
        pytest.param("real", marks=pytest.mark.skipif(not REAL.exists(), reason="it is not here")),
    ],
)
def message(request: pytest.FixtureRequest) -> bytes:
    return signed_copy(SAMPLE if request.param == "sample" else REAL)


@pytest.fixture(scope="module")
def rspamd() -> Iterator[str]:
    if rspamd_program() is None:
        lacking("rspamd")
    with running_rspamd(RECORDS) as url:
        yield url


@pytest.fixture(scope="module")
def spamd() -> Iterator[str]:
    if spamd_program() is None:
        lacking("spamd")
    with running_spamd() as host:
        yield host


class TestRspamd:
    def ask(self, url: str, message: bytes) -> dict[str, Any]:
        """Adds the headers of a receiving server."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        came = {"IP": RELAY, "Helo": "mail.example.org", "From": "ada@example.org"}
        connection.request("POST", "/checkv2", message, {**came, "Rcpt": "grace@example.com"})
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def test_dkim_spf_and_dmarc_are_allowed_and_the_score_is_low(
        self, rspamd: str, message: bytes
    ) -> None:
        answer = self.ask(rspamd, message)
        symbols = answer["symbols"]
        assert {"R_DKIM_ALLOW", "R_SPF_ALLOW", "DMARC_POLICY_ALLOW"} <= set(symbols)
        assert not {"R_DKIM_REJECT", "R_DKIM_TEMPFAIL", "R_DKIM_PERMFAIL"} & set(symbols)
        # Ignores symbols about how it arrived: without a network, no name can be looked up.
        ours = {
            name: symbol["score"]
            for name, symbol in symbols.items()
            if not name.startswith(("RDNS_", "HFILTER_", "ONCE_RECEIVED", "URI_COUNT_ODD"))
        }
        assert sum(ours.values()) < 1, sorted(ours.items(), key=lambda pair: -pair[1])[:5]

    def test_our_own_question_is_understood(self, rspamd: str, message: bytes) -> None:
        settings = Settings(rspamd_url=rspamd)
        opinion = opinion_of(settings, message)
        assert opinion.filter == "rspamd"
        assert not opinion.is_spam
        assert severity_of(opinion) in ("note", "warning")
        bad = opinion_of(settings, SPAM)
        assert bad.is_spam
        assert severity_of(bad) == "error"

    @pytest.mark.parametrize(
        ("action", "score", "symbols", "severity"),
        [
            ("no action", 1.2, {"MANY_INVISIBLE_PARTS": 1.2}, "note"),
            ("greylist", 4.5, {"SUBJ_ALL_CAPS": 4.5}, "warning"),
            ("add header", 7.0, {"SUBJ_ALL_CAPS": 7.0}, "error"),
            ("add header", 7.0, {"SUBJ_ALL_CAPS": 3.5, "HFILTER_HOSTNAME_UNKNOWN": 3.5}, "warning"),
            ("reject", 17.0, {"SUBJ_ALL_CAPS": 13.5, "RDNS_NONE": 3.5}, "warning"),
            ("reject", 19.0, {"SUBJ_ALL_CAPS": 15.5, "RDNS_NONE": 3.5}, "error"),
            ("reject", 15.0, {}, "error"),
        ],
    )
    def test_the_way_of_a_message_that_was_not_sent_does_not_make_it_spam(
        self, action: str, score: float, symbols: dict[str, float], severity: str
    ) -> None:
        named = {name: {"score": points} for name, points in symbols.items()}
        with answering({"action": action, "score": score, "symbols": named}) as (url, _):
            opinion = opinion_of(Settings(rspamd_url=url), b"From: a@example.org\r\n\r\nx\r\n")
        assert severity_of(opinion) == severity
        assert not {"HFILTER_HOSTNAME_UNKNOWN", "RDNS_NONE"} & set(opinion.symbols)


class TestSpamAssassin:
    def test_the_score_is_low(self, spamd: str, message: bytes) -> None:
        opinion = opinion_of(Settings(spamd_host=spamd), message)
        assert opinion.score < 2, opinion
        assert not opinion.is_spam
        assert severity_of(opinion) == "note"

    def test_spam_is_told_from_it(self, spamd: str) -> None:
        opinion = opinion_of(Settings(spamd_host=spamd), SPAM)
        assert opinion.is_spam
        assert "GTUBE" in opinion.symbols
        assert severity_of(opinion) == "error"


class TestTheCommand:
    """`newsletter issue check --spam`"""

    def check(self, text: str, tmp_path: Path, **environment: str) -> tuple[int, dict[str, str]]:
        digest = tmp_path / "digest.md"
        digest.write_text(text, encoding="utf-8")
        command = ["issue", "check", str(digest), "--spam", "--json"]
        environment = {"VAR_DIR": str(tmp_path / "var"), **environment}
        result = CliRunner().invoke(main, command, env=environment)
        found = json.loads(result.stdout)["findings"]
        return result.exit_code, {one["check"]: one["severity"] for one in found}

    def test_what_is_no_spam_may_go(self, rspamd: str, tmp_path: Path) -> None:
        text = SAMPLE.read_text(encoding="utf-8")
        exit_code, found = self.check(text, tmp_path, RSPAMD_URL=rspamd)
        assert (exit_code, found["spam"] in ("note", "warning")) == (0, True)

    def test_spam_is_an_error(self, rspamd: str, tmp_path: Path) -> None:
        text = f"{SAMPLE.read_text(encoding='utf-8')}\n\n`{GTUBE}`\n"
        exit_code, found = self.check(text, tmp_path, RSPAMD_URL=rspamd)
        assert (exit_code, found["spam"]) == (1, "error")


class TestDkim:
    def test_opendkim_verifies_it(self, message: bytes, tmp_path: Path) -> None:
        program = shutil.which("opendkim", path="/usr/sbin:/usr/bin")
        if program is None:
            lacking("opendkim")
        keys = tmp_path / "keys"
        lines = [f"{name} {said[0]}" for (name, _), said in RECORDS.items() if "_domainkey" in name]
        # What it can't verify, Ed25519 in Debian's build among it, would be said as an error.
        keys.write_text("\n".join(lines) + "\n", encoding="utf-8")
        (tmp_path / "opendkim.conf").write_text(
            f"Mode v\nTestPublicKeys {keys}\nSyslog no\n", encoding="utf-8"
        )
        mail = tmp_path / "message.eml"
        rsa_alone = MessageSigner(KEYS[:1]).sign(_unsigned(message), NOW) + _unsigned(message)
        mail.write_bytes(rsa_alone)
        told = subprocess.run(
            [program, "-x", str(tmp_path / "opendkim.conf"), "-t", str(mail), "-v"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = told.stdout + told.stderr
        assert told.returncode == 0, said
        assert "verification (s=rsa1" in said
        assert "succeeded" in said

    @pytest.mark.parametrize("index", [0, 1], ids=["first", "second"])
    def test_dkimpy_verifies_both_signatures(self, message: bytes, index: int) -> None:
        import dkim

        def dns(name: bytes, timeout: int = 5) -> bytes:
            return RECORDS[name.decode().rstrip("."), "txt"][0].encode()

        assert message.count(b"DKIM-Signature:") == 2
        assert dkim.DKIM(message).verify(idx=index, dnsfunc=dns)


class TestParsers:
    def test_python_reads_it_without_a_defect(self, message: bytes) -> None:
        read = parsed(message)
        assert [part.get_content_type() for part in read.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]

    def test_perl_s_own_parser_reads_it_too(self, message: bytes) -> None:
        """Email::MIME or MIME::Parser would be more; Mail::SpamAssassin has one of its own."""
        if shutil.which("spamassassin") is None:
            lacking("SpamAssassin")
        script = (
            "use Mail::SpamAssassin::Message; local $/; my $raw = <STDIN>;"
            "my $m = Mail::SpamAssassin::Message->new({message => $raw});"
            "$m->parse_body(); print join ',', map { $_->{type} } $m->find_parts(qr/./, 1);"
        )
        told = subprocess.run(
            ["perl", "-e", script], input=message, capture_output=True, timeout=60, check=False
        )
        assert told.stdout == b"text/plain,text/html", told.stderr


def _unsigned(message: bytes) -> bytes:
    return message[message.index(b"Date:") :] if not message.startswith(b"Date:") else message
