"""What the checks of an issue store and look up."""
