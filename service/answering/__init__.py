"""A ranking as programs are told it and as it is recorded: for the API and the pages alike."""
