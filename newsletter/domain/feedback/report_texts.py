"""The words of reports on mail that was not delivered, in the languages they are written in.

report_rules.py has their meaning; reply_texts.py the words of replies, which reports quote. Each
pattern is bounded: the text comes from a stranger.
"""

from __future__ import annotations

import re

from newsletter.domain.delivery import reply_texts

_FLAGS = re.IGNORECASE | re.DOTALL


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), _FLAGS)


FULL = _any(
    r"\b(mail ?box|mail ?folder|inbox|in-box|account|user|recipient|mail ?drop)('s)?\b[^\n]{0,80}"
    r"\b(is |has been )?(full|over ?quota|over (the |its |their |allowed )?(limit|quota|size))\b",
    r"\b(over|exceed\w{0,4}|exceeds) (the |its |their |his |allowed |maximum |disk |storage "
    r"|mailbox |"
    r"allocated ){0,3}(quota|storage|capacity|allowed size|mailbox size)\b",
    r"\bquota (is |has been |was )?(exceeded|full|reached|violation)\b|\bover ?quota\b"
    r"|\bout of quota\b",
    r"\bmail ?box( \S{1,100})? (is )?(full|exceeds? [^\n]{0,30}size|size [^\n]{0,20}exceeded)\b",
    r"\b(storage|disk)( space)? (quota|limit)?[^\n]{0,20}\b(exceeded|full|allocation)\b",
    r"\b(insufficient|not enough|no) (disk |storage |system |free )?(space|storage)\b"
    r"|\bno space left\b|\bout of (storage|space)\b",
    r"\bmail ?box\b[^\n]{0,40}\bexceed\w{0,4} [^\n]{0,20}\blimit\b",
    r"\bexceeded [^\n]{0,30}\b(quota|storage|space)\b|\bfull (mail|in)box\b",
    r"\b(postfach|mailbox|speicherplatz)\b.{0,40}\b(voll|überfüllt|überschritten|erschöpft)\b",
    r"\bbo[iî]te\b.{0,50}\b(pleine|satur)|\bquota\b.{0,30}\b(dépassé|depasse|atteint)",
    r"\b(buz[oó]n|casilla|cuota)\b.{0,50}\b(lleno|llena|exced|super)",
    r"\b(caixa|cota|quota)\b.{0,50}\b(chei[ao]|lotad|exced|ultrapass)",
    r"\b(casella|quota)\b.{0,40}\b(piena|superat|esaurit)",
    r"\b(skrzynk\w{1,3}|limit)\b.{0,50}\b(pełn|przepełnion|przekrocz|pelna)",
    r"ящик\w{0,3}\b.{0,50}(переполн|заполн)|превышен\w{0,3}.{0,30}(квот|объ[её]м|лимит)",
    r"\bpost(vak|bus)\b.{0,30}\bvol\b|\bmailbox vol\b",
    r"\b(brevlåda|inkorg|postkasse)\w{0,3}\b.{0,30}\b(full|fuld)\b|\bschránka\b.{0,30}plná"
    r"|\b(posta kutusu|kota)\w{0,3}\b.{0,30}\b(dolu|doldu|aşıldı)"
    r"|\bpostafiók\w{0,3}\b.{0,30}\b(megtelt|tele)\b|\bpostilaatikko\b.{0,20}täynnä",
    r"邮箱(空间)?(已满|满|空间不足|容量不足)|容量(已满|不足|超出|超限)|信箱(已滿|空間不足)",
    r"(メールボックス|容量|受信箱).{0,20}(いっぱい|一杯|超|オーバー|満杯|不足)",
    r"(용량|편지함|메일함).{0,15}(초과|가득|부족)",
)
"""The mailbox takes no more, for now."""

EXPIRED = _any(
    r"\bretry time ?-?out exceeded\b|\bretry time not reached\b|\bretry limit\b",
    r"\b(in|on) (the )?queue (for )?(too|so) long\b|\bbeen in the queue\b.{0,30}\btoo long\b",
    r"\b(could not|couldn.t|cannot) be delivered for (too|so) long\b",
    r"\b(delivery|message|queue|retry|delivery time|maximum [^\n]{0,20}) ?(has |was |is )?"
    r"(time[d ]{0,2} ?-?out|expired|lifetime exceeded)\b",
    r"\bfailed \d{1,4} attempts\b|\b(delivery|delevery)\b.{0,60}\baborted after\b",
    r"\bwas not delivered within\b|\bnot (been )?deliver\w{0,3} (for|within|after) [\w.]{1,12} "
    r"(days?|hours?)\b|\bundeliver\w{0,4} (for|after) [\w.]{1,12} (days?|hours?)\b",
    r"\b(has|have) been unable to deliver\b.{0,60}\b(days?|hours?)\b",
    r"\bgiving up\b.{0,30}\b(days?|hours?)\b|\bdelivery period\b",
)
"""The sending server gave up: nobody refused anything."""

NO_CONNECTION = _any(
    r"\bconnect(ion)? (to [^\n]{1,120}: ?)?(was )?(timed? ?out|refused|reset|closed|lost|dropped"
    r"|failed)",
    r"\b(operation|session|connection) timed out\b|\bno route to host\b|\bnetwork (error"
    r"|is unreachable)",
    r"\b(couldn.t|could not|cannot|unable to|can.t) (connect|establish|reach|make)\b"
    r"|\bconnection refused\b|\bcould not find a gateway\b|\bhost (is )?(down|not reachable"
    r"|unreachable)",
    r"\bdid not accept our requests to connect\b|\blost connection with\b"
    r"|\bconversation with\b.{0,99}"
    r"\btimed out\b|\bname service error\b.{0,99}\btry again\b|\bno answer from host\b",
)
"""No server answered."""

LOOP = _any(
    r"\btoo many (hops|received)\b|\bhop count exceeded\b|\bmail (is )?loop(s|ing)?\b"
    r"|\bloops? back\b",
    r"\bforwarded more than the maximum\b|\bmail forwarding loop\b|\brouting loop\b",
)

TOO_BIG = _any(
    reply_texts.TOO_BIG.pattern,
    r"\bsize (limit|of this message)\b[^\n]{0,30}\bexceed|\bmail size limit\b"
    r"|\bexceeds? [^\n]{0,40}\b(message )?size( limit)?\b",
)

SUSPENDED = _any(
    r"\b(user|account|mail ?box|recipient|customer|domain)(\(s\))?('s)?\b[^\n]{0,60}"
    r"\b(disabled?|suspend\w{0,3}|locked|inactiv\w{1,4}|not active|deactivated|frozen|on hold"
    r"|expired"
    r"|temporar\w{1,3} (disabled|blocked|unavailable)|not (been )?activated|terminated"
    r"|discontinued)\b",
    r"\b(disabled|suspended|inactive|locked|expired) (user|account|mail ?box|recipient)\b",
    r"\b(konto|postfach)\b.{0,40}\b(gesperrt|deaktiviert|inaktiv)|\bcompte\b.{0,40}\b(suspendu"
    r"|désactivé)"
    r"|\bcuenta\b.{0,40}\b(suspendida|desactivada|inactiva|inhabilitada)"
    r"|\bконто?\b.{0,30}\bзаблокирован|ящик\w{0,3}.{0,30}(заблокирован|отключ)",
)
"""The mailbox is there, but nobody may use it: it may come back."""

BY_READER = _any(
    r"\b(recipient|user|e-?mail)('s)? (e-?mail )?preferences\b",
    r"\b(blocked|refused|rejected|declined) by (the )?(recipient|user|mailbox owner)\b"
    r"(?! ?(domain|server|system|host|mail))",
)
"""The reader, or a filter of theirs, wants none of it: the address is there."""

MOVED = _any(
    r"\b(has|have) (been )?moved\b|\bno longer on (this |the )?server\b|\bnot our customer\b",
    r"\buser not local\b|\baddress (has )?changed\b|\bhas been replaced by\b",
    r"\bno longer (works|employed|with us|at this)\b",
)

NO_MAIL = _any(
    r"\bnull mx\b|\b(does|do)(n.t| not) (accept|receive|take) (any )?(e-?)?mail\b",
    r"\bno smtp service\b|\baccepts no mail\b|\bnot? (accept|receiv)\w{0,3} mail for\b"
    r"|\bis a send-?only\b",
)
"""The domain takes no mail at all [RFC 7505]."""

UNKNOWN_HOST = _any(
    r"\b(host|domain)( name)?\b[^\n]{0,80}\b(unknown|not (be )?found|does(n.t| not) exist"
    r"|invalid)\b",
    r"\b(unknown|no such|invalid|non-?existent) (host|domain|mail server)\b"
    r"|\bunrout\w{0,5} (mail )?"
    r"(domain|address|host)\b|\bnxdomain\b|\bno such domain\b",
    r"\b(no|couldn.t find any|can.t find any) (mx|a|mail|valid mx)\b[^\n]{0,30}\b(records?"
    r"|hosts?)\b",
    r"\ball relevant mx records point to non-?existent\b|\bdomain (has )?no (mail|mx)\b",
    r"\bcouldn.t find (any )?host\b|\bname or service not known\b|\bno mail exchanger\b"
    r"|\bdomain is not reachable\b|\bbad destination (host|mailbox|system)\b"
    r"|\bdns\b[^\n]{0,40}\b(no such|does not exist)",
    r"\bhost not found\b|\bnullmx\b|\bno hosts? .{0,60}could be found\b",
)

UNKNOWN_USER = _any(
    reply_texts.DEAD.pattern,
    r"\b(user|recipient|address|mailbox|account|alias|addressee|person|name)('s)?\b[^\n]{0,100}"
    r"\b(unknown|not (be )?(found|known|listed|exist|recogni[sz]ed|in |a valid|on )|invalid"
    r"|(does|do|did)(n.t| not) (exist|match)|(is )?not valid|unrecogni[sz]ed|isn.t (known|listed))",
    r"\b(unknown|no such|invalid|non-?existent|bad|illegal|undefined|unrecogni[sz]ed) "
    r"(local |e-?mail |destination |remote |virtual |final )?"
    r"(user|recipient|address|mail ?box|account|alias|addressee|person)",
    r"\b(invalid|unknown|no such) [^\n]{0,20}user ?id\b",
    r"\bno (such|mail ?box|one|user|account|person)\b[^\n]{0,30}\b(here|by that name"
    r"|with that name|user)\b",
    r"\b(recip|mailbox|user|adr\.recip)\w{0,3}not ?found\b|\bcan.t find (the )?(user|recipient"
    r"|mailbox)",
    r"\bnot listed in\b[^\n]{0,40}\b(directory|address book)\b|\bno matches? (to|found|for)\b",
    r"\b(recipient|address) (address )?(was )?not found\b|\baddress(ee)? error\b",
    r"\b(couldn.t|could not|can.t|cannot) (be found|find)\b[^\n]{0,40}\b(user|mailbox|address"
    r"|account)\b",
    r"\b(empfänger|benutzer|adresse|postfach|e-?mail-?adresse)\b.{0,60}"
    r"\b(unbekannt|existiert nicht|nicht (gefunden|bekannt|vorhanden)|ungültig)\b"
    r"|\bunbekannte[rs]? (empfänger|benutzer|adresse)\b",
    r"\b(utilisateur|destinataire|adresse|bo[iî]te|compte)\b.{0,60}"
    r"(inconnu|n.existe (pas|plus)|introuvable|inexistant|invalide|non trouv)",
    r"\b(usuario|destinatario|direcci[oó]n|buz[oó]n|cuenta)\b.{0,60}"
    r"\b(desconocid|no existe|no encontrad|inexistente|inv[aá]lid|no se (ha )?enc)",
    r"\b(usu[aá]rio|destinat[aá]rio|endere[cç]o|caixa)\b.{0,60}"
    r"\b(desconhecid|n[aã]o existe|inexistente|n[aã]o (foi )?encontrad|inv[aá]lid)",
    r"\b(utente|destinatario|indirizzo|casella)\b.{0,60}\b(sconosciut|non esiste|inesistente"
    r"|non trovat)",
    r"\b(użytkownik|odbiorc|adres|skrzynk|konto)\w{0,3}\b.{0,60}\b(nie istnieje|nieznan"
    r"|nie znalezion)"
    r"|\bnieznany (użytkownik|adres|odbiorca)\b|\bnie ma takie",
    r"(пользовател|получател|адрес|ящик)\w{0,3}\b.{0,60}"
    r"(не существует|не найден|неизвест|нет такого)|\bнет такого (пользователя|ящика)"
    r"|неизвестный (пользователь|адрес)",
    r"\b(gebruiker|adres|ontvanger)\b.{0,40}\b(onbekend|bestaat niet|niet gevonden)\b",
    r"\b(användare|mottagare|bruger|modtager|mottaker|adresse?)\w{0,4}\b.{0,40}\b(okänd|ukendt"
    r"|ukjent|finns inte|findes ikke|finnes ikke)",
    r"\b(adres|kullanıcı|alıcı|posta kutusu)\w{0,4}\b.{0,40}\b(bulunamadı|mevcut değil|bilinmiyor"
    r"|geçersiz)",
    r"\b(uživatel|adresa|schránka|příjemce)\b.{0,40}(neexistuje|nenalezen|neznám)"
    r"|\b(felhasználó|cím|címzett|postafiók)\w{0,3}\b.{0,40}\b(nem létezik|ismeretlen"
    r"|nem található)"
    r"|\b(käyttäjä|osoite|vastaanottaja)\w{0,3}\b.{0,30}(ei ole olemassa|ei löydy|tuntematon)",
    r"(用户|用戶|收件人|邮箱|信箱|地址|帐号|帳號).{0,50}(不存在|未找到|找不到|无效|無效|不正确)|无此用户|查无此人",
    r"(宛先|ユーザー?|アドレス|受信者|メールボックス).{0,20}"
    r"(不明|存在しま?せ?|見つかりません|みつかりません|存在しない|間違)|あて先不明",
    r"(사용자|수신자|주소|계정).{0,12}(존재하지|없|찾을 수)",
)
"""The words of a server on an address that it looked up itself."""

OUR_SIDE = _any(r"\b(sender|from|helo|ehlo|return|client|reverse|your|ptr)\b")

NAMELESS = _any(r"\A\s*:")
"""The place for the address is empty, as in ": user unknown"."""

SAYS_NOTHING = _any(r"\A[^\n]{0,260}\.\.\. service unavailable\W{0,3}\Z")

REJECTED_ADDRESS = _any(
    r"\b(recipient )?address rejected\W{0,3}(in reply to [^)\n]{0,40}\W{0,3})?\Z",
    r"\A\W{0,3}<[^>]{3,254}>\W{0,5}(rejected)?\W{0,3}\Z",
)
"""All that some servers say of an unknown address, at RCPT."""

SPAM = _any(
    r"spam|\buser complaints\b|\b(junk|bulk mail|phish\w{0,4}|unsolicited|spamm\w{0,3}|uce|ube)\b",
    r"\b(content|message) (was |is )?(rejected|refused|blocked|not acceptable|filter\w{0,3})\b",
)

AUTHENTICATION = _any(
    r"\b(spf|dkim|dmarc)\b[^\n]{0,80}\b(fail\w{0,3}|reject\w{0,3}|policy|pass|invalid"
    r"|align\w{0,4}|required)",
    r"\bunauthenticated (e-?mail|mail|message|sender)|\bsender policy framework\b",
)

VIRUS = _any(r"\b(virus|malware|trojan|worm|infected)\b")

LISTED = _any(
    r"\b(black|block|deny|rbl|dnsbl|reputation) ?-?(list\w{0,3}|hole)?\b[^\n]{0,60}"
    r"\b(ip|list|client|sender|host|server|poor|bad|low)\b",
    r"\b(ip|address|client|host|server)\b[^\n]{0,80}\b(blocked|banned|black-?listed"
    r"|block-?listed|denied"
    r"|reputation|listed (in|on|at|by))\b",
    r"\b(spamhaus|sorbs|spamcop|barracuda(central)?|cloudmark|proofpoint|senderbase|uceprotect)\b",
    r"\baccess denied\b|\bbanned sending ip\b|\bnot allowed to (connect|send)\b"
    r"|\b(poor|bad|low) (sender |ip )?reputation\b|\([^\s()]{3,254}:blocked\)"
    r"|\bmismatches client ip\b|\bask your postmaster for help\b|\bfrequency limited\b",
)

POLICY = _any(
    r"\bpolic(y|ies)\b|\bnot (accepted|allowed|permitted)\b|\bprohibited\b|\bsecurity (reasons"
    r"|check)\b",
    r"\b(does|do)(n.t| not) (comply|conform|meet)\b|\b(rfc ?\d{3,4}|header)\b.{0,60}\b(violat"
    r"|invalid|"
    r"missing|not (accepted|allowed)|complian)",
)

REVERSE_NAME = _any(
    r"\b(ptr|reverse[- ]dns|rdns|reverse (name|lookup|host))\b"
    r"|\bcannot find your (reverse )?hostname\b"
    r"|\bfix (your )?reverse\b|\bclient host rejected: cannot find\b"
)

NO_MEMBER = _any(
    r"\bpermission to post\b|\bnot (a )?(members?|subscribed?|authori[sz]ed) (of"
    r"|to)\b.{0,60}\b(list|group)"
    r"|\b(only )?(members|subscribers)\b.{0,30}\b(may|can|are allowed to) (post|send)\b",
    r"\bgroup (may not exist|might not exist)\b|\bgroups\.google\.com/support\b"
    r"|\bsupport\.google\.com/a/[^\s/]{1,60}/[^\s]{0,40}groups\b",
)
"""A mailing list that takes mail from its members only."""
