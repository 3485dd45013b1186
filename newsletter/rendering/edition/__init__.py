"""An issue rendered once, for all its readers."""
