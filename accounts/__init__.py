"""What an account of a cloud has and lets be done, and whose the things in it are."""
