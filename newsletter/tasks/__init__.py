"""Dramatiq actors, thin doors to use cases; what declares them, and what wakes them."""
