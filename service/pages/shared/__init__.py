"""What all pages use: words, language, guards."""
