"""Reads what survey tools and statistics packages write, and tells what each file is."""
