"""DKIM: keys, their DNS records, and signatures."""
