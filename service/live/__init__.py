"""The version that answers."""
