"""The sandbox's inbox, for the machine's own user alone."""
