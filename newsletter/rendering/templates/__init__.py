"""MJML templates, themes and fixed words."""
