"""Faults on purpose while an issue is sent: kills, cuts, restarts, and who still got it."""
