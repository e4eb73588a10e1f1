"""What a destroyed stack left in the account: listed with its price, deleted only when asked."""
