"""The SMTP client: a pipelined conversation over many connections."""
