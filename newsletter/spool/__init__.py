"""What is kept beside the database: each worker's journal as files, pace and counts in Redis."""
