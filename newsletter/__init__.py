"""An email newsletter service for people who write link digests."""
