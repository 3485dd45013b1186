"""Causes faults while an issue is sent (kills, cuts, restarts) and checks who got it."""
