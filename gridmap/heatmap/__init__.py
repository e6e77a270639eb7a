"""Densities of incidents: vector tiles, the commander's summary, the heat map in one file."""
