"""Lists of subscribers in CSV."""
