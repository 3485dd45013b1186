"""The exports of other services, each in a small one that was made up after its documentation."""

from __future__ import annotations

import json
from datetime import date

import pytest

from newsletter.domain.past_issues import PastIssue
from tests.support.archives import BUTTONDOWN, read


def told(past: PastIssue) -> tuple[int | None, date | None, str, list[str]]:
    content = past.content
    return content.number, content.issued_on, content.title, [one.url for one in content.entries]


def test_buttondown_has_texts_beside_a_table() -> None:
    service, past, others = read({**BUTTONDOWN, "emails/lost.md": "- [A](https://a.example)\n"})
    assert service == "Buttondown"
    assert [told(one) for one in past] == [
        (1, date(2023, 1, 3), "Ropes", ["https://example.org/ropes"]),  # 00:30 in Berlin
        (2, date(2023, 1, 9), "Winches", ["https://example.org/winches"]),
        (3, date(2023, 1, 16), "Anchors", ["https://example.org/anchors"]),
    ]
    assert past[0].content.sections[0].title == "Boats"
    assert past[2].content.intro == "Hello."
    assert others == {"emails/lost.md": "The list of emails does not have it."}


def test_buttondown_has_whole_texts_in_its_table() -> None:
    head = "id,subject,body,publish_date,status,email_type,secondary_id\n"
    rows = (
        '1,Issue 12: Ropes,"- [R](https://r.example)\n",2023-01-02T10:00:00Z,sent,public,15\n'
        "2,Later,- [L](https://l.example),2023-02-02T10:00:00Z,draft,public,16\n"
        "3,For a few,- [F](https://f.example),2023-03-02T10:00:00Z,sent,premium,17\n"
    )
    _, past, others = read({"emails.csv": head + rows})
    assert [told(one)[:3] for one in past] == [(12, date(2023, 1, 2), "Issue 12: Ropes")]
    assert sorted(others.values()) == [
        "It is premium, and the archive is public.",
        "It was not sent: draft.",
    ]


def test_what_buttondown_s_command_line_writes_is_a_folder_of_digests() -> None:
    head = "---\nsubject: Ropes\nstatus: {}\npublish_date: 2024-01-15T10:00:00Z\n---\n"
    text = "- [Ropes](https://example.org/ropes)\n"
    files = {"emails/ropes.md": head.format("sent") + text, "b.md": head.format("draft") + text}
    service, past, others = read(files)
    assert service == ""
    assert [told(one)[1:3] for one in past] == [(date(2024, 1, 15), "Ropes")]
    assert others == {"b.md": "Its head says status: draft."}


def test_substack_has_bodies_beside_a_table() -> None:
    table = (
        "post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url\n"
        "11.ropes,2019-07-26T20:48:19.814Z,TRUE,,newsletter,everyone,Ropes,All of them,\n"
        "12.draft,2019-07-27T20:48:19.814Z,FALSE,,newsletter,everyone,Draft,,\n"
        "13.paid,2019-07-28T20:48:19.814Z,TRUE,,newsletter,only_paid,Paid,,\n"
        "14.about,2019-07-29T20:48:19.814Z,TRUE,,page,everyone,About,,\n"
        "15.gone,2019-07-30T20:48:19.814Z,TRUE,,newsletter,everyone,Gone,,\n"
    )
    body = '<p>Hello.</p><h3><a href="https://example.org/ropes">Ropes</a></h3><p>Good.</p>'
    service, past, others = read({"x/posts.csv": table, "x/posts/11.ropes.html": body})
    assert service == "Substack"
    assert [told(one) for one in past] == [
        (None, date(2019, 7, 26), "Ropes", ["https://example.org/ropes"])
    ]
    assert past[0].content.preheader == "All of them"
    assert [reason.split()[2] for reason in others.values()] == ["a", "for", "a", "it,"]


def test_curated_has_an_issue_in_each_json() -> None:
    issue = {
        "number": 12,
        "title": "Knots",
        "summary": "Two links",
        "publication_status": "published",
        "published_at": "2021-02-02T21:08:42+00:00",
        "categories": [
            {
                "name": "News",
                "items": [
                    {
                        "type": "Link",
                        "title": "A [bowline]",
                        "url": "https://example.org/b",
                        "url_domain": "example.org",
                        "description_markdown": "How to *tie* it.",
                    },
                    {"type": "Text", "title": "A word", "description_markdown": "Thanks."},
                ],
            }
        ],
    }
    path = "data-export/issues/published/{0}/{0}.json"
    service, past, others = read({path.format(12): json.dumps(issue), path.format(13): "{}"})
    assert service == "Curated"
    assert [told(one)[:3] for one in past] == [(12, date(2021, 2, 2), "Knots")]
    [section] = past[0].content.sections
    assert (section.title, [one.title for one in section.entries]) == (
        "News",
        ["A [bowline]", "A word"],
    )
    assert section.entries[0].body == "How to *tie* it."
    assert list(others) == [path.format(13)]


GHOST_LEXICAL = {
    "root": {
        "type": "root",
        "children": [
            {"type": "extended-heading", "tag": "h2", "children": [{"type": "text", "text": "B"}]},
            {
                "type": "paragraph",
                "children": [
                    {
                        "type": "link",
                        "url": "https://example.org/winches",
                        "children": [{"type": "extended-text", "text": "Winches", "format": 1}],
                    }
                ],
            },
        ],
    }
}
GHOST_MOBILEDOC = {
    "version": "0.3.1",
    "markups": [["a", ["href", "https://example.org/anchors"]]],
    "cards": [["markdown", {"markdown": "Some *words*."}]],
    "sections": [[3, "ul", [[[0, [0], 1, "Anchors"]]]], [10, 0]],
}


def test_ghost_has_all_posts_in_one_json() -> None:
    def post(slug: str, **values: object) -> dict[str, object]:
        common = {"title": slug.title(), "published_at": "2020-05-04T09:00:00.000Z"}
        return {"slug": slug, "type": "post", "status": "published", **common, **values}

    link = '<p>Hi, see <a href="https://example.org/r">ropes</a> and more.</p>'
    posts = [
        post("ropes", html=link, visibility="public"),
        post("winches", html=None, lexical=json.dumps(GHOST_LEXICAL)),
        post("anchors", mobiledoc=json.dumps(GHOST_MOBILEDOC)),
        post("later", status="draft"),
        post("about", type="page"),
        post("members", visibility="members"),
    ]
    export = {"db": [{"meta": {}, "data": {"posts": posts}}]}
    service, past, others = read({"site.ghost.json": json.dumps(export, indent=1)})
    assert service == "Ghost"
    assert [told(one)[2] for one in past] == ["Ropes", "Winches", "Anchors"]
    assert told(past[1])[3] == ["https://example.org/winches"]
    assert told(past[2])[3] == ["https://example.org/anchors"]
    assert "Some *words*." in str(past[2].content)
    assert past[0].content.issued_on == date(2020, 5, 4)
    assert set(others) == {"later", "about", "members"}


def test_mailchimp_has_pages_whose_titles_are_in_a_table() -> None:
    table = (
        'Title,Subject,List,Send Date,"Unique Id"\n'
        '#24,"Géorge & friends",L,"May 19, 2019 06:00 pm",abc\n'
        '#25,"Never sent as a file",L,"Jun 19, 2019 06:00 pm",def\n'
    )
    page = (
        "<html><head><title>*|MC:SUBJECT|*</title></head><body><p>Dear *|FNAME|*,</p>"
        '<ul><li><a href="https://example.org/ropes">Ropes</a></li></ul>'
        '<p><a href="*|UNSUB|*">unsubscribe</a></p></body></html>'
    )
    folder = "12345/678/campaigns_content"
    files = {
        "12345/678/campaigns.csv": table,
        f"{folder}/12020101_george-friends.html": page,
        f"{folder}/12020102_other.html": page,
    }
    service, past, others = read(files)
    assert service == "Mailchimp"
    assert [told(one) for one in past] == [
        (24, date(2019, 5, 19), "Géorge & friends", ["https://example.org/ropes"])
    ]
    assert "*|" not in str(past[0].content)
    assert others == {f"{folder}/12020102_other.html": "campaigns.csv does not have it."}


@pytest.mark.parametrize("name", ["emails.csv", "posts.csv", "campaigns.csv"])
def test_a_table_alone_or_a_broken_one_is_answered_in_words(name: str) -> None:
    service, past, others = read({name: "id,subject,body,publish_date\n1,A,,2020-01-01\n"})
    assert past == []
    assert others
    assert service in ("", "Buttondown")
