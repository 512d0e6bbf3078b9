"""Hashes, messages and signatures against outside judges."""
