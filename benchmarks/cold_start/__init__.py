"""How fast each function starts, as built."""
