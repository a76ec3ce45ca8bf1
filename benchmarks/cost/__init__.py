"""What a guarded deployment asks of AWS, and what that costs."""
