"""Grid plans as they are drawn: drafts of a village's grids, edited step by step."""
