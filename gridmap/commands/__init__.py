"""Commands with many options, one module each; `gridmap.cli` names them."""
