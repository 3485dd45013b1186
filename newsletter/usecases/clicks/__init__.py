"""Following links, counting and judging clicks, and what readers liked."""
