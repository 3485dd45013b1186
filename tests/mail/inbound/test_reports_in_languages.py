"""What readers' mail servers write in their own languages."""

import pytest

from newsletter.mail.inbound.feedback import read_feedback
from tests.mail.inbound.samples import text_report

LANGUAGES = [
    (
        "Unzustellbar: Links",
        (
            "Die Nachricht konnte nicht zugestellt werden an:\nreader@mx.example\n"
            "Grund: Empfänger unbekannt."
        ),
        "hard",
    ),
    (
        "Unzustellbar",
        (
            "Ihre E-Mail konnte nicht zugestellt werden.\nreader@mx.example\n"
            "Das Postfach des Empfängers ist voll."
        ),
        "soft",
    ),
    (
        "Échec de la remise",
        "Votre message n'a pas pu être remis à :\nreader@mx.example\nUtilisateur inconnu",
        "hard",
    ),
    (
        "Échec de remise",
        (
            "Votre message n'a pas pu être remis.\nreader@mx.example\n"
            "La boîte du destinataire est pleine."
        ),
        "soft",
    ),
    (
        "Correo no entregado",
        "No se ha podido entregar el mensaje a:\nreader@mx.example\nEl usuario no existe.",
        "hard",
    ),
    (
        "Correo devuelto",
        "No se ha podido entregar el mensaje a:\nreader@mx.example\nEl buzón está lleno.",
        "soft",
    ),
    (
        "Falha na entrega",
        "A mensagem não pôde ser entregue:\nreader@mx.example\nUsuário desconhecido",
        "hard",
    ),
    (
        "Falha na entrega",
        "A mensagem não pôde ser entregue:\nreader@mx.example\nA caixa postal está cheia.",
        "soft",
    ),
    (
        "Mancata consegna",
        "Impossibile consegnare il messaggio:\nreader@mx.example\nUtente sconosciuto",
        "hard",
    ),
    (
        "Wiadomość nie została dostarczona",
        "Nie można dostarczyć wiadomości:\nreader@mx.example\nUżytkownik nie istnieje",
        "hard",
    ),
    (
        "Zwrot",
        "Nie można dostarczyć wiadomości:\nreader@mx.example\nSkrzynka jest przepełniona",
        "soft",
    ),
    (
        "Сообщение не доставлено",
        "Письмо не может быть доставлено:\nreader@mx.example\nТакой пользователь не существует",
        "hard",
    ),
    (
        "Недоставленное сообщение",
        "Письмо не может быть доставлено:\nreader@mx.example\nПочтовый ящик получателя переполнен",
        "soft",
    ),
    ("系统退信", "您的邮件无法投递：\nreader@mx.example\n收件人邮箱不存在", "hard"),
    ("系统退信", "您的邮件无法投递：\nreader@mx.example\n对方邮箱空间不足", "soft"),
    (
        "配信エラー",
        (
            "次の宛先にメールを配信できませんでした。\nreader@mx.example\n"
            "宛先のアドレスが見つかりませんでした。"
        ),
        "hard",
    ),
    (
        "エラーメール",
        "メールを配信できません。\nreader@mx.example\n受信者のメールボックスの容量がいっぱいです。",
        "soft",
    ),
    (
        "전송 실패",
        "메일을 보낼 수 없습니다.\nreader@mx.example\n사용자가 존재하지 않습니다.",
        "hard",
    ),
    (
        "Onbestelbaar",
        "Het bericht kon niet worden bezorgd:\nreader@mx.example\nDe gebruiker is onbekend",
        "hard",
    ),
    (
        "Niet bezorgd",
        "Het bericht kon niet worden bezorgd:\nreader@mx.example\nDe postbus is vol.",
        "soft",
    ),
    (
        "Kunde inte levereras",
        "Meddelandet kunde inte levereras till:\nreader@mx.example\nAdressen finns inte.",
        "hard",
    ),
    (
        "Meddelelsen kunne ikke leveres",
        "Meddelelsen kunne ikke leveres til:\nreader@mx.example\nPostkassen er fuld.",
        "soft",
    ),
    (
        "Teslim edilemedi",
        "İletiniz teslim edilemedi:\nreader@mx.example\nBu e-posta adresi bulunamadı.",
        "hard",
    ),
    (
        "Nedoručeno",
        "Zprávu nebylo možné doručit:\nreader@mx.example\nUživatel neexistuje.",
        "hard",
    ),
    (
        "Kézbesíthetetlen levél",
        "A levél nem kézbesíthető:\nreader@mx.example\nA postafiók megtelt.",
        "soft",
    ),
]


@pytest.mark.parametrize(("subject", "body", "verdict"), LANGUAGES)
def test_reports_are_understood_in_the_languages_of_readers(
    subject: str, body: str, verdict: str
) -> None:
    [feedback] = read_feedback(text_report(body, subject=subject))[0]
    assert (feedback.recipient, feedback.verdict) == ("reader@mx.example", verdict)
