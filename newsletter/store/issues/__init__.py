"""Issues with their sections and entries, and the editions they were frozen into."""
