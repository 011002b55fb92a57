"""What every answer has: headers, problems, language, log, session, limits."""
