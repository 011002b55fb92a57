"""The database: what is recorded, who signs in, and what was done."""
