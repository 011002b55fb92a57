"""Our ranking beside what others would pick, where the truth is known."""
