"""A mail as a digest: saved as a file, or its source pasted."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import Digest
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from tests.support.digests import A, B, outline

PAGE = f"""<html><head><title>Harbour</title></head><body>
<div style="display:none;max-height:0">Ropes, and more&zwnj;&nbsp;&zwnj;&nbsp;</div>
<table role="presentation"><tr><td><a href="{B}">View it in a browser</a></td></tr>
<tr><td><h1>Ropes – and knots</h1></td></tr>
<tr><td><h2>News</h2><h3><a href="{A}">Hemp</a></h3><p>Strong – and old.</p></td></tr></table>
</body></html>"""
READ = [f"| [View it in a browser]({B})", "# News", f"Hemp <{A}>", "  Strong – and old."]


def mail(*, html: str = "", plain: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Harbour <news@example.org>"
    message["Subject"] = "Fwd: Harbour #12 – Ropes"
    message["Date"] = "Thu, 21 Mar 2024 10:00:00 +0000"
    if plain:
        message.set_content(plain, charset="utf-8")
    if html and plain:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html", charset="utf-8")
    return message


def read(data: bytes) -> Digest:
    return parse_digest(decode_digest(data, 1_000_000), file_name="12.eml")


@pytest.mark.parametrize("plain", ["", "Ropes\n"])
def test_the_page_of_a_mail_is_the_digest(plain: str) -> None:
    digest = read(mail(html=PAGE, plain=plain).as_bytes())
    head = digest.front_matter
    assert digest.title == "Ropes – and knots"
    assert (head["subject"], head["number"], head["date"]) == (
        "Harbour #12 – Ropes",
        "12",
        "2024-03-21",
    )
    assert head["preheader"] == "Ropes, and more"
    assert outline(digest) == READ


def test_a_mail_of_text_alone_is_read_as_text() -> None:
    digest = read(mail(plain=f"Hemp\n{A}\nStrong.\n\nKnots\n{B}\n").as_bytes())
    assert digest.title == "Harbour #12 – Ropes"
    assert outline(digest) == [f"Hemp <{A}>", "  Strong.", f"Knots <{B}>"]


def test_a_mail_in_another_encoding_says_so_itself() -> None:
    head = b"From: a@example.org\r\nSubject: Harbour\r\nTo: b@example.org\r\n"
    kind = b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n"
    digest = read(head + kind + f"\r\nCafé\r\n{A}\r\n".encode("iso-8859-1"))
    assert outline(digest) == [f"Café <{A}>"]


def test_a_mail_without_a_text_is_refused() -> None:
    message = mail()
    message.add_attachment(b"x", maintype="image", subtype="png")
    with pytest.raises(InvalidInput, match="no text"):
        read(message.as_bytes())
