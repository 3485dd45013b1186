"""What the checks of an issue remember and look up."""
