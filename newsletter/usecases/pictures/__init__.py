"""The library of pictures: add, list, describe, delete."""
