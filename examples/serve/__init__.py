"""A model at an address of its own."""
