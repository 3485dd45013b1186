"""Real mail servers of others, each with a configuration of its own in a temporary folder."""
