"""The data report and the codebook of a study."""
