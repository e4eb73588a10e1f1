"""A DOKS cluster with everything under it; imported only by stacks on DigitalOcean."""
