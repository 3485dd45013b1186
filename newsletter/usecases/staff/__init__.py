"""Editors sign in and manage their accounts."""
