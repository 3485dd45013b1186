"""An issue is written, pasted, rendered and previewed."""
