"""Small villages to the optimum, and what is impossible told with its proof."""
