"""The tables, split by subject: people, writing, sending, feedback, staff."""

from newsletter.store.models.base import Base
from newsletter.store.models.checks import LinkCheck, SpamOpinion
from newsletter.store.models.clicks import (
    Click,
    ClickCount,
    ClickReaders,
    EditionDomain,
    EditionFigures,
    EditionLink,
    ReaderDay,
)
from newsletter.store.models.factors import AppSecret, Passkey, RecoveryCode, SpentChallenge
from newsletter.store.models.feedback import Doubt, FeedbackRow, InboundMessage
from newsletter.store.models.issue_history import DeletedDraft, IssueVersion
from newsletter.store.models.issues import (
    Entry,
    ImportedIssue,
    Issue,
    Newsletter,
    Section,
)
from newsletter.store.models.operations import ExaminationRow
from newsletter.store.models.pictures import LibraryPicture
from newsletter.store.models.planned import IssueTemplate, SponsorRow
from newsletter.store.models.readers import (
    Consent,
    InboxAllowance,
    LastMailed,
    MailedEdition,
    SavedFilter,
    Subscriber,
    SubscriberNote,
    Subscription,
    SubscriptionAttribute,
    SubscriptionTag,
    Suppression,
)
from newsletter.store.models.sending import (
    Batch,
    Delivery,
    DomainPause,
    Edition,
    LearnedPace,
    OutboxMessage,
    RelayPause,
    RelayPipelining,
)
from newsletter.store.models.staff import (
    Event,
    Heartbeat,
    Invitation,
    NewsletterRole,
    User,
    UserSession,
)
from newsletter.store.models.uploads import Upload, UploadPart

__all__ = [
    "AppSecret",
    "Base",
    "Batch",
    "Click",
    "ClickCount",
    "ClickReaders",
    "Consent",
    "DeletedDraft",
    "Delivery",
    "DomainPause",
    "Doubt",
    "Edition",
    "EditionDomain",
    "EditionFigures",
    "EditionLink",
    "Entry",
    "Event",
    "ExaminationRow",
    "FeedbackRow",
    "Heartbeat",
    "ImportedIssue",
    "InboundMessage",
    "InboxAllowance",
    "Invitation",
    "Issue",
    "IssueTemplate",
    "IssueVersion",
    "LastMailed",
    "LearnedPace",
    "LibraryPicture",
    "LinkCheck",
    "MailedEdition",
    "Newsletter",
    "NewsletterRole",
    "OutboxMessage",
    "Passkey",
    "ReaderDay",
    "RecoveryCode",
    "RelayPause",
    "RelayPipelining",
    "SavedFilter",
    "Section",
    "SpamOpinion",
    "SpentChallenge",
    "SponsorRow",
    "Subscriber",
    "SubscriberNote",
    "Subscription",
    "SubscriptionAttribute",
    "SubscriptionTag",
    "Suppression",
    "Upload",
    "UploadPart",
    "User",
    "UserSession",
]
