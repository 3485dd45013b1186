"""What a rendered mail gets wrong in mail programs."""
