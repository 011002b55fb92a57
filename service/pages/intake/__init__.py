"""The form: what is asked of a company."""
