"""Reads csv, Excel, OpenDocument and Parquet into columns, with the faults of each cell."""
