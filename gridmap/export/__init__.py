"""Layers as files: masked, unless somebody says why not."""
