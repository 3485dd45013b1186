"""How long a server may take: what RFC 5321 4.5.3.2 asks a client to wait at least."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.config import Settings
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.mail.smtp.timeouts import Timeouts, timeouts_from

MINUTE = 60.0
BY_THE_RFC = {
    Stage.MAIL: 5 * MINUTE,  # 4.5.3.2.2
    Stage.RCPT: 5 * MINUTE,  # 4.5.3.2.3
    Stage.DATA: 2 * MINUTE,  # 4.5.3.2.4
    Stage.DOT: 10 * MINUTE,  # 4.5.3.2.6: a shorter one makes second copies
}


@pytest.mark.parametrize(("stage", "at_least_s"), BY_THE_RFC.items())
def test_without_settings_no_answer_is_given_up_earlier_than_the_rfc_says(
    stage: Stage, at_least_s: float
) -> None:
    assert timeouts_from(Settings()).of(stage) >= at_least_s


def test_a_block_of_the_text_has_three_minutes_at_least() -> None:
    assert timeouts_from(Settings()).command.total_seconds() >= 3 * MINUTE  # 4.5.3.2.5


def test_settings_shorten_each_of_them() -> None:
    second = Timeouts().goodbye / 2
    settings = replace(
        Settings(),
        smtp_connect_timeout=second,
        smtp_command_timeout=second,
        smtp_data_timeout=second,
        smtp_final_timeout=second,
    )
    assert {timeouts_from(settings).of(stage) for stage in Stage} == {1.0}
