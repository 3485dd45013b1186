"""What each process of `newsletter up` loads: nothing that it does not use, in 200 MB for all."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from newsletter.config import Settings
from newsletter.runtime.environment import environment_of
from tests.support.services.up import clean_environment

DATABASE = "sqlalchemy newsletter.store newsletter.usecases".split()
DRIVERS_NOT_IN_USE = "psycopg".split()
RENDERING = "jinja2 lxml premailer mjml nh3 markdown_it babel newsletter.rendering".split()
WEB = "flask werkzeug wtforms gunicorn".split()
SENDING = "uvloop newsletter.delivery newsletter.mail.smtp.courier".split()
QUEUE = "dramatiq redis valkey".split()
RARE = (
    "alembic requests urllib3 cryptography.hazmat charset_normalizer bs4 yaml docutils feedparser "
    "PIL webauthn cbor2 segno"
).split()
NETWORK = "aiosmtpd asyncio ssl _hashlib email http".split()

PROCESSES = {
    "supervisor": (
        "newsletter.cli.up newsletter.runtime.up",
        [*DATABASE, *DRIVERS_NOT_IN_USE, *RENDERING, *WEB, *SENDING, *QUEUE, *RARE, *NETWORK],
    ),
    "sandbox": (
        "newsletter.runtime.sandbox.process",
        [*DATABASE, *DRIVERS_NOT_IN_USE, *RENDERING, *WEB, *SENDING, *QUEUE, *RARE],
    ),
    "inbound": (
        "newsletter.runtime.inbound.process",
        [*DRIVERS_NOT_IN_USE, *WEB, *SENDING, *QUEUE, "imap_tools", "premailer", "mjml"],
    ),
    "ticker": (
        "newsletter.cli.tick newsletter.runtime.entry newsletter.runtime.ticker",
        [*DRIVERS_NOT_IN_USE, *RENDERING, *WEB, *RARE, "uvloop", "aiosmtpd"],
    ),
    "web": (
        "newsletter.app newsletter.runtime.renderer_entry newsletter.runtime.web_process",
        [*DRIVERS_NOT_IN_USE, *SENDING, *RARE, "aiosmtpd", "dramatiq.cli", "valkey"],
    ),
    "worker": (
        "newsletter.tasks.actors newsletter.runtime.ticker newsletter.runtime.worker_process",
        [*DRIVERS_NOT_IN_USE, *WEB, *RARE, "aiosmtpd", "dramatiq.cli", "valkey"],
    ),
}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_loads_nothing_heavy_that_it_does_not_use(process: str) -> None:
    imported, unused = PROCESSES[process]
    loaded = modules_after(imported)
    assert [name for name in unused if name in loaded] == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("entry", "process"), [("wsgi", "web"), ("worker", "worker")])
def test_a_started_process_has_nothing_unused_and_a_full_collection_passes_over_the_rest(
    settings: Settings, entry: str, process: str
) -> None:
    program = f"import gc, json, sys, {entry}\n"
    program += "print(gc.get_freeze_count(), len(gc.get_objects()), json.dumps([*sys.modules]))"
    environment = clean_environment() | environment_of(settings)
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True
    )
    passed_over, looked_through, loaded = done.stdout.split(maxsplit=2)
    assert int(passed_over) > 50_000 > 10 * int(looked_through)
    assert set(PROCESSES[process][1]) & set(json.loads(loaded)) == set()


def modules_after(imported: str) -> set[str]:
    """By a new Python that has imported nothing else."""
    program = "import importlib, json, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    program += "\njson.dump(sorted(sys.modules), sys.stdout)"
    command = [sys.executable, "-c", program, *imported.split()]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, check=True)
    return set(json.loads(done.stdout))
