"""The product's verbs, one file each. A use case owns its transactions, returns ids or values."""
