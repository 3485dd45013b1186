"""The ledger, its batches and windows, and what pauses relays and recipient domains."""
