"""Villages of a draft balanced: cut into cells, divided, and told beside what they are today."""
