"""The web for any WSGI server: `gunicorn wsgi:app`. `newsletter up` starts it as a program."""

import sys

from newsletter.app import create_app
from newsletter.runtime.entry import exit_with_message
from newsletter.runtime.loaded_once import keep_what_is_loaded
from newsletter.runtime.renderer_entry import checked_renderer_settings

# 4 is gunicorn's own code for an application that can't be loaded: it gives up at once.
with exit_with_message(exit_code=4):
    app = create_app(checked_renderer_settings())
keep_what_is_loaded()

if __name__ == "__main__":
    from newsletter.runtime.web_process import serve

    serve(app, listener=int(sys.argv[1]))
