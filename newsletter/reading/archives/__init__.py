"""The archive of a newsletter, as another service or a folder has it, read into past issues."""
