"""What happened after a conversation."""
