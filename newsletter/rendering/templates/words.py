"""The words that the mail itself says, by language; English where a language has none yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "issue": "Issue {number}",
        "links": "{count} links",
        "one_link": "1 link",
        "minutes": "{count} min read",
        "contents": "In this issue",
        "more": "and {count} more below",
        "read_on_web": "Read on the web",
        "reason": "You get this because you subscribed with {address}.",
        "preferences": "Preferences",
        "unsubscribe": "Unsubscribe",
        "public_reason": "You are reading {newsletter} on the web.",
        "subscribe": "Subscribe",
        "subscribe_invitation": "Get the next issue by email",
        "image": "Image",
        "sponsor": "Sponsored",
        "share": "Forward this issue",
        "archive": "All issues",
        "confirm_subject": "Confirm your subscription to {newsletter}",
        "confirm_title": "Confirm your subscription",
        "confirm_text": "Someone signed up for {newsletter} with this address. "
        "If it was you, confirm your subscription.",
        "confirm_button": "Confirm subscription",
        "confirm_expiry": "The link works for {days} days.",
        "confirm_ignore": "If it was not you, ignore this email. "
        "You get no issues unless you confirm.",
        "welcome_subject": "Welcome to {newsletter}",
        "welcome_title": "You are subscribed",
        "welcome_text": "Thank you for confirming. You will get {newsletter} by email.",
        "welcome_button": "Read earlier issues",
        "welcome_leave": "You can unsubscribe at any time, with the link below or in any issue.",
        "farewell_subject": "You are unsubscribed from {newsletter}",
        "farewell_title": "Goodbye",
        "farewell_text": "You will get no more issues of {newsletter}.",
        "farewell_button": "Subscribe again",
        "farewell_ignore": "You do not need to do anything else.",
        "proof_heading": "Proof, not yet sent to subscribers",
        "button_fallback": "If the button does not work, open this link:",
        "sign_in_subject": "Sign in to {site}",
        "sign_in_title": "Sign in",
        "sign_in_text": "Use this link to sign in to {site}.",
        "sign_in_expiry": "The link works once and expires in {minutes} minutes.",
        "sign_in_ignore": "If you did not ask for it, ignore this email.",
    },
    "de": {
        "issue": "Ausgabe {number}",
        "links": "{count} Links",
        "one_link": "1 Link",
        "minutes": "{count} Min. Lesezeit",
        "contents": "In dieser Ausgabe",
        "more": "und {count} weitere",
        "read_on_web": "Im Web lesen",
        "reason": "Du bekommst diese Mail, weil du sie mit {address} abonniert hast.",
        "preferences": "Einstellungen",
        "unsubscribe": "Abbestellen",
        "public_reason": "Du liest {newsletter} im Web.",
        "subscribe": "Abonnieren",
        "subscribe_invitation": "Die nächste Ausgabe per Mail",
        "image": "Bild",
        "sponsor": "Anzeige",
        "share": "Weiterleiten",
        "archive": "Alle Ausgaben",
        "confirm_subject": "Bitte bestätige dein Abonnement von {newsletter}",
        "confirm_title": "Nur noch ein Schritt",
        "confirm_text": "Jemand, hoffentlich du, hat {newsletter} für diese Adresse bestellt. "
        "Es geht los, sobald du es bestätigst.",
        "confirm_button": "Abonnement bestätigen",
        "confirm_expiry": "Der Link gilt {days} Tage.",
        "confirm_ignore": "Du warst es nicht? Dann tu nichts: Ohne Bestätigung "
        "wird dir nichts geschickt.",
        "welcome_subject": "Willkommen bei {newsletter}",
        "welcome_title": "Du bist dabei",
        "welcome_text": "Danke fürs Bestätigen. {newsletter} kommt ab der nächsten Ausgabe zu dir.",
        "welcome_button": "Frühere Ausgaben lesen",
        "welcome_leave": "Du kannst jederzeit gehen, mit dem Link hier unten und in jeder Ausgabe.",
        "farewell_subject": "Du hast {newsletter} abbestellt",
        "farewell_title": "Auf Wiedersehen",
        "farewell_text": "{newsletter} ist abbestellt; du bekommst keine weiteren Ausgaben.",
        "farewell_button": "Wieder abonnieren",
        "farewell_ignore": "Du musst nichts weiter tun.",
        "proof_heading": "Korrekturfassung, noch nicht an die Leser verschickt",
        "button_fallback": "Falls der Knopf nicht geht, öffne diese Adresse:",
    },
    "zh": {
        "issue": "第 {number} 期",
        "links": "{count} 个链接",
        "one_link": "1 个链接",
        "minutes": "阅读约 {count} 分钟",
        "contents": "本期内容",
        "more": "以及另外 {count} 篇",
        "read_on_web": "在网页上阅读",
        "reason": "你收到这封邮件，是因为你用 {address} 订阅了它。",
        "preferences": "偏好设置",
        "unsubscribe": "退订",
        "public_reason": "你正在网页上阅读 {newsletter}。",
        "subscribe": "订阅",
        "subscribe_invitation": "通过邮件接收下一期",
        "image": "图片",
        "sponsor": "赞助内容",
        "share": "转发本期",
        "archive": "往期内容",
        "confirm_subject": "请确认订阅 {newsletter}",
        "confirm_title": "还差一步",
        "confirm_text": "有人（希望是你）用这个地址订阅了 {newsletter}。确认后才会开始发送。",
        "confirm_button": "确认订阅",
        "confirm_expiry": "此链接 {days} 天内有效。",
        "confirm_ignore": "不是你本人？不用理会：未经确认，不会再给你发送任何邮件。",
        "welcome_subject": "欢迎订阅 {newsletter}",
        "welcome_title": "订阅成功",
        "welcome_text": "感谢确认。从下一期开始，{newsletter} 会准时送到你的邮箱。",
        "welcome_button": "阅读往期内容",
        "welcome_leave": "你可以随时退订：下方以及每期邮件里都有退订链接。",
        "farewell_subject": "你已退订 {newsletter}",
        "farewell_title": "后会有期",
        "farewell_text": "你已退订 {newsletter}，今后不会再收到它的邮件。",
        "farewell_button": "重新订阅",
        "farewell_ignore": "你无需再做任何操作。",
        "proof_heading": "校样，尚未发送给读者",
        "button_fallback": "如果按钮无法使用，请打开这个地址：",
    },
    "ar": {
        "issue": "العدد {number}",
        "links": "الروابط: {count}",
        "one_link": "رابط واحد",
        "minutes": "قراءة {count} د",
        "contents": "في هذا العدد",
        "more": "و{count} أخرى أدناه",
        "read_on_web": "اقرأ على الويب",
        "reason": "تصلك هذه الرسالة لأنك اشتركت بالعنوان {address}.",
        "preferences": "التفضيلات",
        "unsubscribe": "إلغاء الاشتراك",
        "public_reason": "أنت تقرأ {newsletter} على الويب.",
        "subscribe": "اشترك",
        "subscribe_invitation": "احصل على العدد القادم بالبريد",
        "image": "صورة",
        "sponsor": "إعلان",
        "share": "أعد توجيه هذا العدد",
        "archive": "كل الأعداد",
        "confirm_subject": "يرجى تأكيد اشتراكك في {newsletter}",
        "confirm_title": "خطوة واحدة بعد",
        "confirm_text": "طلب أحدهم، ونأمل أنه أنت، إرسال {newsletter} إلى هذا العنوان. "
        "يبدأ الإرسال بعد أن تؤكد ذلك.",
        "confirm_button": "أكّد الاشتراك",
        "confirm_expiry": "مدة صلاحية الرابط بالأيام: {days}.",
        "confirm_ignore": "لم تطلب ذلك؟ لا تفعل شيئًا: لن يُرسَل إليك شيء من دون تأكيد.",
        "welcome_subject": "أهلًا بك في {newsletter}",
        "welcome_title": "تم اشتراكك",
        "welcome_text": "شكرًا على التأكيد. ستصلك {newsletter} ابتداءً من العدد القادم.",
        "welcome_button": "اقرأ الأعداد السابقة",
        "welcome_leave": "يمكنك المغادرة في أي وقت بالرابط أدناه أو في كل عدد.",
        "farewell_subject": "لقد ألغيت اشتراكك في {newsletter}",
        "farewell_title": "إلى اللقاء",
        "farewell_text": "أُلغي اشتراكك في {newsletter}، ولن تصلك أعداد أخرى منها.",
        "farewell_button": "اشترك من جديد",
        "farewell_ignore": "لا يلزمك فعل أي شيء آخر.",
        "proof_heading": "نسخة للمراجعة لم تُرسَل إلى القرّاء بعد",
        "button_fallback": "إذا لم يعمل الزر فافتح هذا العنوان:",
    },
}


SPONSOR_TITLES = frozenset(
    """sponsor sponsors sponsored sponsoring advertisement advertising ad ads
    anzeige anzeigen werbung 赞助 赞助商 赞助内容 广告 贊助 廣告 إعلان إعلانات برعاية
    publicité sponsorisé publicidad patrocinado patrocinador スポンサー 広告""".split()
)


def is_sponsor_title(title: str) -> bool:
    """Whether a section of that title holds what was paid for, in whichever language."""
    return title.strip(" :：").casefold() in SPONSOR_TITLES


@dataclass(frozen=True, slots=True)
class Language:
    """`tag` is fit for `lang=`; `direction` is ltr or rtl."""

    tag: str
    locale: Locale
    direction: str

    def say(self, key: str, **values: object) -> str:
        words = WORDS.get(self.locale.language, {})
        return words.get(key, WORDS["en"][key]).format(**values)

    def date(self, day: date) -> str:
        return format_date(day, format="long", locale=self.locale)


def language_of(tag: str) -> Language:
    """Of a BCP 47 tag; English for one that is none."""
    wanted = tag.strip().replace("_", "-")
    try:
        locale = Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Language("en", Locale("en"), "ltr")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", wanted):
        wanted = locale.language
    return Language(wanted, locale, "rtl" if locale.text_direction == "rtl" else "ltr")
