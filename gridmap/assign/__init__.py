"""归格 on plain files: which grid is each point of a file in? No database."""
