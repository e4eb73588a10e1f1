"""A training on GPUs that may be taken away at any time."""
