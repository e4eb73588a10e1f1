"""A pipeline that registers a model only when it is good enough."""
