"""SQL: queries and models. Functions here take a session and never commit."""
