"""The demonstration: does the whole main job over HTTP and SMTP, as people would."""
