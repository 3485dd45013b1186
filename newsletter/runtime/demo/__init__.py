"""The demonstration: the whole main job, done over HTTP and SMTP as people would do it."""
