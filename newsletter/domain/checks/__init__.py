"""What is wrong with an issue before it is sent."""
