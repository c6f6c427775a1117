"""What past runs did: list, compare, and train again from the record."""
