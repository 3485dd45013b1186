"""Mail that comes back, from bytes to what it means and whose copy it is about."""
