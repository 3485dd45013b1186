"""Whether templates, shipped or your own, can be used."""
