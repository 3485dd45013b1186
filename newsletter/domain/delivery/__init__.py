"""One copy on its way: its states, what servers reply, how fast mail may go."""
