"""What the operator does: first start, readiness, relays, DKIM keys."""
