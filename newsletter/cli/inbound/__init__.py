"""`newsletter inbound …`: what comes back."""
