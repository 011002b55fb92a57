"""What the page for the researcher does: files of outcomes, retrainings, decisions, counts."""
