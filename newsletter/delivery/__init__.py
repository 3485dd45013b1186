"""The engine: batches, windows, pace, leases, retries, recovery and the sweeper."""
