"""A digest in any of its forms, read into sections and entries."""
