"""What is told of trials and a version, with plots."""
