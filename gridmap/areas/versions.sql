SELECT layer, version FROM gridmap.layer_versions
