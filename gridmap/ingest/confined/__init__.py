"""Programs that touch what may bite: each runs as a child process behind `walls`, by its path.

They import nothing of gridmap, speak through their standard output, and may die at any time.
"""
