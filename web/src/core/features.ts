import type { Feature, FeatureCollection, Geometry } from "geojson";

export function feature(geometry: Geometry, properties: Feature["properties"] = {}): Feature {
  return { type: "Feature", geometry, properties };
}

export function features(list: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features: list };
}
