"""Mail to one person: confirmations, sign-in links, tests, proofs."""
