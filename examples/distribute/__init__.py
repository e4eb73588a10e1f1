"""Work that takes more than one pod."""
