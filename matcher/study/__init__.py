"""From the raw files of a study to trials: who is who, which card was tried, and when."""
