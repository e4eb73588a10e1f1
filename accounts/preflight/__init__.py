"""What would keep a stack from coming up, asked of its account before anything is made."""
