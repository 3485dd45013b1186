"""The processes: the supervisor, the ticker, the embedded Valkey, the SMTP sandbox."""
