"""An issue is scheduled, tested, sent, paused, resent and reported on."""
