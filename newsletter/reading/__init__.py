"""What people bring along, read into values: digests, link logs, lists of subscribers."""
