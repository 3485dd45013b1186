"""The process of `newsletter inbound`: doors for mail that comes back."""
