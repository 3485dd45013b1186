"""Personal values and transfer encodings of the parts of a message."""
