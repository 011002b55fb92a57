"""From the place or postcode that somebody types to province and labour-market region."""
