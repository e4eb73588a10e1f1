"""What a model is asked, whether that has changed, and a new training when it has."""
