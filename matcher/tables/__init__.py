"""Reads csv, Excel and Parquet into columns, with the faults of each cell."""
