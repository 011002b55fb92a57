"""What is known of one company."""
