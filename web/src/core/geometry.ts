/** West, south, east, north in degrees (EPSG:4490). */
export type Box = [number, number, number, number];
/** Longitude, latitude in degrees (EPSG:4490). */
export type LonLat = [number, number];

export function centre([west, south, east, north]: Box): LonLat {
  return [(west + east) / 2, (south + north) / 2];
}

/** Ground metres under one screen pixel at a latitude and map zoom (512 px tiles). */
export function metresPerPixel(lat: number, zoom: number): number {
  const equator_m = 40075016.686;
  return (equator_m * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom);
}

export interface View {
  lon: number;
  lat: number;
  zoom: number;
}

/** "111.5731,38.7040,12.30", as the URL carries it. */
export function writeView({ lon, lat, zoom }: View): string {
  return `${lon.toFixed(4)},${lat.toFixed(4)},${zoom.toFixed(2)}`;
}

/** The view a URL names, or null where the text is not one. */
export function readView(text: string | undefined): View | null {
  const [lon, lat, zoom, more] = (text ?? "").split(",").map(Number);
  if (lon === undefined || lat === undefined || zoom === undefined || more !== undefined)
    return null;
  const sound = Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && zoom >= 0 && zoom <= 22;
  return sound ? { lon, lat, zoom } : null;
}
