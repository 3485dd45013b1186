"""The one guarded fetch, and what speaks HTTP or DNS to others."""
