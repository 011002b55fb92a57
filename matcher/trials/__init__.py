"""Outcomes of companies that tried an intervention: columns, rules, files."""
