"""One folder a figure; each runs with its peers in the same run."""
