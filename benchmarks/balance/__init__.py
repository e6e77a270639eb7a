"""How good proposed divisions are, and what they cost: territories to measure on, peers beside."""
