"""Better settings for a model, found by trying."""
