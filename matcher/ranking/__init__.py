"""Orders the menu for a company, with reasons."""
