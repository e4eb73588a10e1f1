"""One folder per job to be done on the platform. Nothing of the stack imports any of them."""
