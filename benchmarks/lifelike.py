"""A year of two newsletters, their people and their mail, for pictures and for looking at pages.

Everything is drawn from one seed, so the same pages come out again. Issues are written, frozen and
ended by the product's own verbs; only what takes a relay or a reader is put into the tables.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import pyotp
from PIL import Image, ImageDraw
from sqlalchemy import select

from benchmarks.lifelike_mail import end_copy, end_issue
from benchmarks.lifelike_people import draw_readers, move
from benchmarks.lifelike_words import DIGEST_TITLES, LINKS, THOUGHTS
from newsletter.config import Settings
from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.domain.operations.diagnoses import Diagnosis, Health
from newsletter.domain.readers.audiences import Audience, Condition, Kind
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import Role
from newsletter.store.examinations import keep_examination
from newsletter.store.models import (
    Consent,
    Delivery,
    Edition,
    Heartbeat,
    InboundMessage,
    Invitation,
    IssueVersion,
    Newsletter,
    Subscriber,
    Subscription,
    User,
)
from newsletter.store.roles import give_role
from newsletter.usecases.clicks.keep_figures import keep_figures
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.issues.paste_digest import create_issue_from_digest
from newsletter.usecases.issues.templates import save_template
from newsletter.usecases.issues.write_issue import delete_issue
from newsletter.usecases.newsletters.save_newsletter import NewsletterSettings, create_newsletter
from newsletter.usecases.newsletters.sponsors import book_sponsor
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.pictures.add_picture import NewPicture, add_picture
from newsletter.usecases.pictures.use_picture import UsedAs, use_picture
from newsletter.usecases.readers.notes import add_note
from newsletter.usecases.readers.saved_filters import save_filter
from newsletter.usecases.readers.suppress_subscriber import suppress_address
from newsletter.usecases.sending.control_issue import pause_issue
from newsletter.usecases.sending.schedule_issue import schedule_issue, send_now
from newsletter.usecases.sending.send_test import send_test
from newsletter.usecases.sending.start_issue import start_issue
from newsletter.usecases.staff.add_editor import add_editor
from newsletter.usecases.staff.invitations import invite
from newsletter.usecases.staff.second_factors import add_app, offer_app
from newsletter.usecases.staff.sign_in import (
    Account,
    save_account,
    sign_in_with_link,
)

ADDRESS, PASSWORD = "ada@example.org", "correct horse battery"
EVAS_ADDRESS = "eva@example.org"
NOW = datetime(2026, 11, 27, 9, 40, tzinfo=UTC)
WEEKS, READERS = 32, 460


@dataclass
class World:
    """What a walk needs to name: newsletters by slug, issues by what they are."""

    context: Context
    clock: _Clock
    issues: dict[str, int] = field(default_factory=dict)
    readers: dict[str, int] = field(default_factory=dict)
    editors: dict[str, int] = field(default_factory=dict)
    pictures: list[int] = field(default_factory=list)
    inbound: int = 0
    version: int = 0
    """Of the draft's history."""
    reading: int = 0
    """An active subscription: that of the first of `readers`."""
    waiting: tuple[int, int] = (0, 0)
    """A subscription that isn't confirmed, and the evidence that it was asked for."""
    invitation: str = ""
    """The token in a mail."""
    recovery_codes: tuple[str, ...] = ()
    """Of Eva, who signs in with a second factor."""


class _Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def make_world(settings: Settings, weeks: int = WEEKS, readers: int = READERS) -> World:
    clock, dice = _Clock(), random.Random(7)  # noqa: S311  no secret
    context = open_context(settings, clock)
    clock.at = NOW - timedelta(weeks=weeks + 2)
    world = World(context, clock)
    ada = _first_editor(world)
    _newsletters(context, ada)
    _colleagues(world, ada)
    _careful_colleague(world, ada)
    _pictures(world, ada)
    people = draw_readers(dice, readers, clock.at, NOW)
    for week in range(weeks):
        clock.at = NOW - timedelta(weeks=weeks - week, hours=1, minutes=40)
        move(context, people, dice)
        _send_week(world, week, ada, dice, is_last=week == weeks - 1)
    clock.at = NOW
    move(context, people, dice)
    _planned(world, ada, dice)
    _on_the_way(world, ada, dice)
    _sidelines(world, ada)
    _second_newsletter(world, ada, dice)
    keep_figures(context)
    _look_up(world)
    return world


def _first_editor(world: World) -> Principal:
    link = prepare_first_start(world.context).sign_in_url or ""
    editor = sign_in_with_link(world.context, link.rpartition("/")[2])
    account = Account("Ada Lindqvist", ADDRESS, PASSWORD)
    world.editors["Ada"] = editor.id
    return save_account(world.context, editor.id, account).principal


def _newsletters(context: Context, ada: Principal) -> None:
    """The first start's becomes Harbour Notes; one stays empty."""
    with context.database.write() as session:
        notes = session.scalars(select(Newsletter)).one()
        notes.slug = notes.list_label = "harbour-notes"
        notes.name, notes.sender_name = "Harbour Notes", "Harbour Notes"
        notes.description = "Links for people who look after software as others look after boats."
        notes.sender_address = notes.reply_to = "notes@harbour.example.org"
        notes.postal_address = "Harbour Notes\n3 Quay Street\n25813 Husum"
        notes.time_zone, notes.clicks, notes.undo_minutes = "Europe/Berlin", "sum", 0
        notes.theme = {"header": "#12343b", "accent": "#e1b382", "logo_width": 64}
    common = NewsletterSettings(
        name="Nachtpost",
        description="One long read, late on Sunday.",
        sender_name="Ada Lindqvist",
        sender_address="ada@example.org",
        postal_address="1 Garden Lane, 10115 Berlin",
        time_zone="Europe/Berlin",
        undo_minutes="0",
    )
    create_newsletter(context, "nachtpost", common, ada)
    create_newsletter(context, "tidelines", replace(common, name="Tidelines"), ada)


def _colleagues(world: World, ada: Principal) -> None:
    context = world.context
    for name, address, role in (
        ("Ben Okafor", "ben@example.org", Role.EDITOR),
        ("Chiara Conti", "chiara@example.org", Role.AUTHOR),
    ):
        add_editor(context, address, name, ada)
        with context.database.write() as session:
            user = session.scalars(select(User).where(User.address == address)).one()
            user.password_hash, user.signed_in_at = "chosen", NOW - timedelta(days=2, hours=3)
            give_role(session, 1, user.id, role, ada.name, context.now())
            world.editors[name.partition(" ")[0]] = user.id


def _careful_colleague(world: World, ada: Principal) -> None:
    """Eva has an authenticator app, writes for one newsletter and may not send it."""
    context = world.context
    add_editor(context, EVAS_ADDRESS, "Eva Moreau", ada, roles={"harbour-notes": Role.AUTHOR})
    with context.database.read() as session:
        user_id = session.scalars(select(User.id).where(User.address == EVAS_ADDRESS)).one()
    eva = save_account(context, user_id, Account("Eva Moreau", EVAS_ADDRESS, PASSWORD))
    offered = offer_app(context, eva)
    code = pyotp.TOTP(offered.secret).at(context.now())
    world.recovery_codes = add_app(context, eva, offered.sealed, code).codes
    world.editors["Eva"] = user_id


def _pictures(world: World, ada: Principal) -> None:
    for colours, alt in (
        (("#9ec5e8", "#1f5673", "#f2efe6"), "A small boat leaves the harbour at dawn"),
        (("#f3b47c", "#7a3e2b", "#fff4e4"), "The lighthouse in the evening sun"),
        (("#2b3a55", "#0e1726", "#e9d9a7"), "Cranes above the quay at night"),
    ):
        picture = NewPicture(_drawing(*colours), f"{alt.split()[-1]}.png", alt)
        world.pictures.append(add_picture(world.context, "harbour-notes", picture, ada).id)
    sail = NewPicture(_sail(), "logo.png", "Harbour Notes")
    logo = add_picture(world.context, "harbour-notes", sail, ada).id
    use_picture(world.context, "harbour-notes", logo, UsedAs.LOGO, ada)


def _drawing(sky: str, sea: str, sail: str) -> bytes:
    image = Image.new("RGB", (1200, 700), sky)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 430, 1200, 700), sea)
    draw.polygon([(560, 420), (560, 140), (790, 420)], sail)
    draw.polygon([(470, 440), (860, 440), (790, 510), (530, 510)], "#8a3b2a")
    return _as_png(image)


def _sail() -> bytes:
    """A logo: a white sail on nothing."""
    image = Image.new("RGBA", (240, 240))
    draw = ImageDraw.Draw(image)
    draw.polygon([(110, 160), (110, 20), (210, 160)], "#f4f1ea")
    draw.polygon([(95, 160), (95, 60), (40, 160)], "#e1b382")
    draw.polygon([(20, 175), (220, 175), (185, 220), (55, 220)], "#f4f1ea")
    return _as_png(image)


def _as_png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def digest(dice: random.Random, number: int | None, title: str, links: int = 7) -> str:
    """An issue as an editor pastes it."""
    head = f"---\ntitle: {title}\nsubject: {title}\npreheader: {dice.choice(THOUGHTS)}\n---\n\n"
    if number:
        head = head.replace("---\n", f"---\nnumber: {number}\n", 1)
    lines = ["Good morning. " + " ".join(dice.sample(THOUGHTS, 2))]
    chosen = dice.sample(LINKS, links)
    for place, (name, url, words) in enumerate(chosen):
        if place % 3 == 0:
            lines.append(f"## {('Tools', 'Reading', 'From the quay')[place // 3 % 3]}")
        lines.append(
            f"### [{name}]({url}-{dice.randint(100, 999)})\n\n{words} {dice.choice(THOUGHTS)}"
        )
    return head + "\n\n".join(lines) + "\n"


def _write(world: World, who: Principal, text: str, newsletter_id: int = 1) -> int:
    return create_issue_from_digest(world.context, newsletter_id, text, who).issue_id


def _send_week(
    world: World, week: int, ada: Principal, dice: random.Random, *, is_last: bool
) -> None:
    title = DIGEST_TITLES[week % len(DIGEST_TITLES)]
    issue_id = _write(world, ada, digest(dice, week + 1, title))
    send_now(world.context, issue_id, ada)
    start_issue(world.context, issue_id)
    world.issues["sent"] = issue_id
    end_issue(world.context, issue_id, dice, is_last=is_last)


def _planned(world: World, ada: Principal, dice: random.Random) -> None:
    """Drafts, two that are scheduled, one that was deleted, a template."""
    context, ben = (
        world.context,
        Principal.editor(world.editors["Ben"], "Ben Okafor", {1: Role.EDITOR}),
    )
    first = digest(dice, None, "Small tools, calm systems", 22)
    world.issues["draft"] = _write(world, ada, first)
    _write(world, ben, digest(dice, None, "What the tide leaves behind"))
    short = digest(dice, None, "Ideas for the winter", 1)
    world.issues["short"] = _write(world, ada, short)
    for days, title in ((3, "Slow releases, fast answers"), (10, "The maintenance window")):
        issue_id = _write(world, ben, digest(dice, None, title))
        at = datetime.combine(NOW.date() + timedelta(days=days), time(9))
        schedule_issue(context, issue_id, at, None, ben)
        world.issues["scheduled"] = issue_id
    deleted = _write(world, ada, digest(dice, None, "A list that came to nothing"))
    delete_issue(context, deleted, ada)
    save_template(context, world.issues["draft"], "The weekly", ada)


def _on_the_way(world: World, ada: Principal, dice: random.Random) -> None:
    """One that goes out just now, one that is paused half-way."""
    for name, share, minutes in (("sending", 0.6, 1), ("paused", 0.3, 50)):
        issue_id = _write(world, ada, digest(dice, None, f"A note on {name} mail"))
        world.clock.at = NOW - timedelta(minutes=minutes)
        send_now(world.context, issue_id, ada)
        start_issue(world.context, issue_id)
        with world.context.database.write() as session:
            edition = session.scalars(select(Edition).where(Edition.issue_id == issue_id)).one()
            rows = list(session.scalars(select(Delivery).filter_by(edition_id=edition.id)))
            for place, row in enumerate(rows[: round(len(rows) * share)]):
                end_copy(row, world.clock() + timedelta(seconds=place / 8), dice)
            for row in rows[-4:]:
                row.state, row.attempts, row.due_at = "deferred", 1, NOW + timedelta(minutes=12)
                row.reply_code, row.reply_text = 451, "4.7.1 Try again later"
        world.issues[name] = issue_id
        world.clock.at = NOW
    pause_issue(world.context, world.issues["paused"], ada)


def _sidelines(world: World, ada: Principal) -> None:
    """Sponsors, suppressions, notes, a filter, and what the doctor found."""
    context, slug = world.context, "harbour-notes"
    for title, days, place in (("Kaimauer Hosting", 20, 1), ("The Rope Company", 6, 1)):
        day = date(2026, 11, 30)
        words = "Machines by the sea, looked after by people who answer."
        url = f"https://{title.split()[0].lower()}.example.com"
        booking = Sponsor(title, url, words, day, day + timedelta(days=days), place)
        book_sponsor(context, slug, booking, ada)
    suppress_address(context, "angry@example.com", "Asked by letter", ada, slug)
    suppress_address(context, "lawyer@example.com", "Asked never to be written to", ada)
    berlin = Audience((Condition(Kind.TAG, "berlin"), Condition(Kind.STATE, "active")))
    save_filter(context, slug, "Berlin", berlin, ("tags", "joined"), ada)
    with context.database.write() as session:
        stays = select(Subscription).filter_by(state="active").order_by(Subscription.id)
        stays_longest = session.scalars(stays.limit(1)).one()
        world.reading, world.readers["first"] = stays_longest.id, stays_longest.subscriber_id
        world.inbound = (
            session.scalars(select(InboundMessage.id).order_by(InboundMessage.id.desc())).first()
            or 0
        )
        for name in ("ticker", "worker"):
            session.add(Heartbeat(name=name, at=NOW, count=1))
        for name in ("", slug, "nachtpost"):
            keep_examination(session, name, NOW - timedelta(hours=5), _diagnoses(name))
    add_note(context, slug, world.readers["first"], "Met at the workshop in Husum.", ada)
    invite(context, slug, "dmitri@example.org", Role.VIEWER, ada)
    send_test(context, world.issues["draft"], ada)


def _look_up(world: World) -> None:
    """What only a mail or a page would tell."""
    with world.context.database.read() as session:
        versions = select(IssueVersion.id).where(IssueVersion.issue_id == world.issues["draft"])
        world.version = session.scalars(versions.order_by(IssueVersion.id)).first() or 0
        waiting = session.scalars(select(Subscription).filter_by(state="pending").limit(1)).one()
        asked = select(Consent.id).filter_by(subscription_id=waiting.id).limit(1)
        world.waiting = (waiting.id, session.scalars(asked).one())
        invited = session.scalars(select(Invitation)).one()
        signer = world.context.signer
        world.invitation = signer.sign_role_invitation(invited.id, invited.stamp)


def _diagnoses(slug: str) -> list[dict[str, object]]:
    domain = "harbour.example.org" if slug else "this server"
    found = [
        Diagnosis(Health.GOOD, "spf", domain, "SPF lets relay.example.net send."),
        Diagnosis(
            Health.WARNING,
            "dmarc",
            domain,
            "DMARC is published with p=none.",
            "Gmail and Yahoo ask for a policy from those who send much.",
            f'_dmarc.{domain}. TXT "v=DMARC1; p=quarantine"',
        ),
    ]
    if slug == "harbour-notes":
        found.insert(
            0,
            Diagnosis(
                Health.ERROR,
                "dkim",
                domain,
                "No DKIM key is published.",
                "Mail without a signature lands in spam at Gmail.",
                f"newsletter dkim make {domain}",
            ),
        )
    return [one.to_json() for one in found]


def _second_newsletter(world: World, ada: Principal, dice: random.Random) -> None:
    """Fewer issues, the same first readers."""
    context = world.context
    with context.database.write() as session:
        for subscriber in session.scalars(select(Subscriber).limit(60)):
            session.add(
                Subscription(
                    newsletter_id=2,
                    subscriber_id=subscriber.id,
                    state=SubscriptionState.ACTIVE,
                    state_at=NOW - timedelta(days=40),
                    created_at=NOW - timedelta(days=40),
                )
            )
    for title in ("The long way home", "Letters from the night train"):
        _write(world, ada, digest(dice, None, title, 3), 2)
