"""A stack's platform as folders for Argo CD and Flux."""
