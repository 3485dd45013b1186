"""`python -m newsletter.cli`: the same as the `newsletter` command, by this very Python."""

from newsletter.cli.root import main

if __name__ == "__main__":
    main(prog_name="newsletter")
