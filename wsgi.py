"""The web for any WSGI server: `gunicorn wsgi:app`."""

from newsletter.app import create_app
from newsletter.runtime.entry import checked_settings, told_in_words

# 4 is gunicorn's own code for an application that can't be loaded: it gives up at once.
with told_in_words(exit_code=4):
    app = create_app(checked_settings())
