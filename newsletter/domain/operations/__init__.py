"""What the doctor says of an installation and its sender."""
