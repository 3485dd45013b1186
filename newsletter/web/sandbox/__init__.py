"""The inbox of the SMTP sandbox, for people at this machine only."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
