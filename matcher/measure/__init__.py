"""How well a questionnaire measures companies: scores, reliability, agreement and error."""
