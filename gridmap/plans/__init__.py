"""Grid plans at work: drafted, edited, compared, submitted, activated on a date."""
