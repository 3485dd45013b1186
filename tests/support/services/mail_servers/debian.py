"""Postfix, Exim, OpenSMTPD and chasquid, as Debian has them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from tests.conftest import lacking
from tests.support.services.mail_servers.server import (
    INSTALLED,
    UNKNOWN,
    MailServer,
    free_port,
    isolated,
    running,
    unpacked,
)
from tests.support.smtp.certificates import an_authority

_USERS = ("Debian-exim", "opensmtpd", "opensmtpq")
_FIRST_ID = 61_001
_POSTFIX_SERVICES = """
    cleanup unix n - n - 0 cleanup
    qmgr unix n - n 300 1 qmgr
    rewrite unix - - n - - trivial-rewrite
    bounce unix - - n - 0 bounce
    defer unix - - n - 0 bounce
    trace unix - - n - 0 bounce
    flush unix n - n 1000? 0 flush
    proxymap unix - - n - - proxymap
    anvil unix - - n - 1 anvil
    discard unix - - n - - discard
    error unix - - n - - error
    lmtp unix - - n - - lmtp
    scache unix - - n - 1 scache
    postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def running_postfix(folder: Path, transports: str = "") -> Iterator[MailServer]:
    """`transports` says what becomes of mail to some domains: it bounces, or goes to a door."""
    program = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
    if program is None:
        lacking("Postfix")
    port, log = free_port(), folder / "log"
    for name in ("conf", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    main = f"""
        compatibility_level = 3.6
        queue_directory = {folder}/queue
        data_directory = {folder}/data
        maillog_file = {log}
        maillog_file_prefixes = {folder}
        myhostname = relay.test
        mydestination =
        alias_maps =
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        mynetworks = 127.0.0.0/8
        default_transport = discard
        smtpd_reject_unlisted_recipient = no
        transport_maps = {transports and f"inline:{{ {transports} }}"}
        smtpd_recipient_restrictions =
            check_recipient_access inline:{{ {{ {UNKNOWN} = 550 5.1.1 No such user }} }}
            permit_mynetworks reject
    """
    (folder / "conf/main.cf").write_text(dedent(main), encoding="utf-8")
    services = f"127.0.0.1:{port} inet n - n - - smtpd\n{dedent(_POSTFIX_SERVICES)}"
    (folder / "conf/master.cf").write_text(services, encoding="utf-8")
    command = isolated(f"{program} -c {folder}/conf start-fg")
    with running(command, port, folder / "output"):
        yield MailServer("Postfix", port, log, re.compile(r" to=<([^>]+)>.* status=sent"))


@contextmanager
def running_exim(folder: Path, router: str = "", transport: str = "") -> Iterator[MailServer]:
    """With a router and a transport, it delivers by them."""
    unpacked("usr/sbin/exim4")
    port, program = free_port(), f"{folder}/debian/usr/sbin/exim4"  # its user may not read ours
    configuration = f"""
        exim_user = Debian-exim
        exim_group = Debian-exim
        primary_hostname = relay.test
        daemon_smtp_ports = {port}
        local_interfaces = 127.0.0.1
        spool_directory = {folder}/spool
        log_file_path = {folder}/%slog
        log_selector = +received_recipients
        acl_smtp_rcpt = recipients
        acl_smtp_data = accept
        tls_advertise_hosts =
        queue_only = {"false" if router else "true"}
        exim_path = {program}
        keep_environment =
        begin acl
        recipients:
          deny recipients = {UNKNOWN}
               message = 5.1.1 No such user
          accept
    """
    delivery = f"begin routers\n{router}\nbegin transports\n{transport}\n"
    text = f"{dedent(configuration)}{delivery if router else ''}"
    (folder / "conf").write_text(text, encoding="utf-8")
    (folder / "spool").mkdir()
    script = f"""
        {_users(folder)}
        chown Debian-exim {folder} {folder}/spool
        mkdir {folder}/debian
        mount --bind {INSTALLED}/debian {folder}/debian
        ldconfig -C {folder}/ld.so.cache {folder}/debian/usr/lib/*-linux-gnu
        mount --bind {folder}/ld.so.cache /etc/ld.so.cache
        {program} -bdf -C {folder}/conf
    """
    with running(isolated(script), port, folder / "output"):
        taken = re.compile(r" <= .* for (\S+)$", re.MULTILINE)
        yield MailServer("Exim", port, folder / "mainlog", taken)


@contextmanager
def running_opensmtpd(folder: Path) -> Iterator[MailServer]:
    program, port, log = unpacked("usr/sbin/smtpd"), free_port(), folder / "output"
    configuration = f"""
        listen on 127.0.0.1 port {port} hostname relay.test
        action "nowhere" mda "/bin/cat >/dev/null" virtual {{ "@" = root }}
        match from any for rcpt-to "{UNKNOWN}" reject
        match from any for any action "nowhere"
    """
    (folder / "conf").write_text(dedent(configuration), encoding="utf-8")
    script = f"""
        {_users(folder)}
        for place in /var/spool /var/lib /run; do mount -t tmpfs none $place; done
        mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd
        chmod 711 /var/spool/smtpd
        mount --bind {INSTALLED}/debian/usr/libexec /usr/libexec
        export LD_LIBRARY_PATH=$(echo {INSTALLED}/debian/usr/lib/*-linux-gnu)
        {program} -d -f {folder}/conf
    """
    with running(isolated(script), port, log):
        taken = re.compile(r"smtp envelope .* to=<([^>]+)>")
        yield MailServer("OpenSMTPD", port, log, taken)


@contextmanager
def running_chasquid(folder: Path) -> Iterator[MailServer]:
    program, log = unpacked("usr/bin/chasquid"), folder / "output"
    port, submission, over_tls = free_port(), free_port(), free_port()
    certificates = folder / "conf/certs/relay.test"
    domain = folder / "conf/domains/r.example"
    for place in (certificates, domain, folder / "data"):
        place.mkdir(parents=True)
    authority = an_authority(folder)
    authority.server_tls()
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(folder / "server-127.0.0.1-1.pem", certificates / name)
    configuration = f"""
        hostname: "relay.test"
        smtp_address: "127.0.0.1:{port}"
        submission_address: "127.0.0.1:{submission}"
        submission_over_tls_address: "127.0.0.1:{over_tls}"
        mail_delivery_agent_bin: "/bin/true"
        data_dir: "{folder}/data"
        mail_log_path: "{folder}/mail.log"
    """
    (folder / "conf/chasquid.conf").write_text(dedent(configuration), encoding="utf-8")
    readers = "".join(f"reader{number}: keep\n" for number in range(1_000))
    (domain / "aliases").write_text(readers, encoding="utf-8")
    util = [str(unpacked("usr/bin/chasquid-util")), f"-C={folder}/conf"]
    subprocess.run(
        [*util, "user-add", "keep@r.example", "--password=x"], check=True, capture_output=True
    )
    with running([str(program), f"-config_dir={folder}/conf"], port, log):
        taken = re.compile(r"Queued from \S+ to \[(\S+)\]")
        yield MailServer("chasquid", port, log, taken, str(authority.ca_file))


def _users(folder: Path) -> str:
    """Lines of a script that adds the users of the packages, for its processes alone."""
    for path, rest in (
        ("/etc/passwd", ":{0}::/nonexistent:/usr/sbin/nologin"),
        ("/etc/group", ":"),
    ):
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line.split(":")[0] not in _USERS]
        lines += [
            f"{user}:x:{number}{rest.format(number)}"
            for number, user in enumerate(_USERS, start=_FIRST_ID)
        ]
        (folder / Path(path).name).write_text("\n".join([*lines, ""]), encoding="utf-8")
    return (
        f"mount --bind {folder}/passwd /etc/passwd\n        mount --bind {folder}/group /etc/group"
    )
