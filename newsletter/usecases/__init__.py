"""The product's verbs, one file each. A use case owns its transactions; it returns ids or values."""
