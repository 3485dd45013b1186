"""Settings checks of web and worker, which render and send. The ticker never loads this."""

from __future__ import annotations

from newsletter.config import Settings, require_relay
from newsletter.mail.dkim.signers import signers_from
from newsletter.mail.smtp.relay import relay_from
from newsletter.rendering.template_checks.checks import require_sound_templates
from newsletter.runtime.entry import checked_settings


def checked_renderer_settings() -> Settings:
    """As `checked_settings`. Also raises Misconfigured for broken templates."""
    settings = checked_settings()
    require_sound_templates(settings.templates_dir)
    return settings


def checked_sender_settings() -> Settings:
    """As `checked_renderer_settings`. Also raises Misconfigured without a relay or a valid key."""
    settings = checked_renderer_settings()
    require_relay(settings)
    relay_from(settings)
    signers_from(settings)
    return settings
