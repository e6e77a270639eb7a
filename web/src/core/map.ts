import type { FeatureCollection, Point } from "geojson";
import {
  Map as Engine,
  ScaleControl,
  setWorkerUrl,
  type ExpressionSpecification,
  type FilterSpecification,
  type GeoJSONSource,
  type LayerSpecification,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  type SourceSpecification,
  type StyleSpecification,
  type VectorTileSource,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Drawing } from "./capture";
import { metresPerPixel, type Box, type LonLat, type View } from "./geometry";
import { watchGrabs, type Grab } from "./grab";

export { LABEL_FONT, LABEL_FONT_BOLD } from "./fonts";
export type { Drawing, Grab };

/* The bundler moves the worker: without this address the map stays blank. */
setWorkerUrl(workerUrl);

export type MapLayer = LayerSpecification;
export type MapFilter = FilterSpecification;
export type Expression = ExpressionSpecification;
export type Sources = Record<string, SourceSpecification>;
export type Points = FeatureCollection<Point>;

export interface Hit {
  layer: string;
  source: string;
  properties: Record<string, string | number | undefined>;
  lonLat: LonLat;
}

export interface Padding {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface MapOptions {
  sources: Sources;
  layers: MapLayer[];
  bounds: Box;
  view: View | null;
  padding: Padding;
  /** What the map is, for those who hear it. */
  label: string;
}

/** Thrown where the browser offers no WebGL 2. */
export class MapUnavailable extends Error {}

/** A vector tile source of this server; feature ids are the `code` property. */
export function tiles(
  layer: string,
  minzoom: number,
  maxzoom: number,
  query = "",
): SourceSpecification {
  return { type: "vector", tiles: [tileUrl(layer, query)], minzoom, maxzoom, promoteId: "code" };
}

export function tileUrl(layer: string, query = ""): string {
  return `${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt${query}`;
}

export function points(): SourceSpecification {
  return { type: "geojson", data: { type: "FeatureCollection", features: [] } };
}

function styleOf({ sources, layers }: MapOptions): StyleSpecification {
  return { version: 8, sources, layers };
}

function supported(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

export class MapView {
  private readonly engine: Engine;
  private hovered: { source: string; sourceLayer: string; id: string } | null = null;

  /** Throws MapUnavailable. */
  constructor(container: HTMLElement, options: MapOptions) {
    if (!supported()) throw new MapUnavailable();
    const [west, south, east, north] = options.bounds;
    const roam = Math.max(east - west, north - south) * 1.5;
    this.engine = new Engine({
      container,
      style: styleOf(options),
      attributionControl: false,
      locale: { "Map.Title": options.label },
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      minZoom: 6,
      maxZoom: 19,
      maxBounds: [west - roam, south - roam, east + roam, north + roam],
      fadeDuration: 120,
      ...(options.view
        ? { center: [options.view.lon, options.view.lat], zoom: options.view.zoom }
        : { bounds: options.bounds, fitBoundsOptions: { padding: options.padding } }),
    });
    this.engine.touchZoomRotate.disableRotation();
    this.engine.keyboard.disableRotation();
    this.engine.addControl(new ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-left");
  }

  ready(callback: () => void): void {
    this.engine.once("load", callback);
  }

  /** False while the map moves, loads or draws; true each time nothing is left to do. */
  onSettled(callback: (settled: boolean) => void): void {
    this.engine.on("idle", () => callback(true));
    this.engine.on("movestart", () => callback(false));
    this.engine.on("dataloading", () => callback(false));
    this.engine.on("styledata", () => callback(false));
  }

  onTrouble(callback: (status: number) => void): void {
    this.engine.on("error", ({ error }) => callback((error as { status?: number }).status ?? 0));
  }

  onMoveEnd(callback: (view: View) => void): void {
    this.engine.on("moveend", () => callback(this.view()));
  }

  onPointer(callback: (at: LonLat | null) => void): void {
    this.engine.on("mousemove", ({ lngLat }) => callback([lngLat.lng, lngLat.lat]));
    this.engine.on("mouseout", () => callback(null));
  }

  /** The topmost feature of `layers` under the pointer, or null, with its pixel. */
  onHover(layers: string[], callback: (hit: Hit | null, x: number, y: number) => void): void {
    this.engine.on("mousemove", (at) => {
      const [feature] = this.featuresAt(at, layers);
      this.engine.getCanvas().style.cursor = feature ? "pointer" : "";
      this.markHovered(feature);
      callback(feature ? hitOf(feature, at) : null, at.point.x, at.point.y);
    });
    this.engine.on("mouseout", () => {
      this.markHovered(undefined);
      callback(null, 0, 0);
    });
  }

  onClick(layers: string[], callback: (hit: Hit | null) => void): void {
    this.engine.on("click", (at) => {
      const [feature] = this.featuresAt(at, layers);
      callback(feature ? hitOf(feature, at) : null);
    });
  }

  /** Every click, wherever it is, and whether a finger did it. */
  onPress(callback: (at: LonLat, touch: boolean) => void): void {
    this.engine.on("click", ({ lngLat, originalEvent }) => {
      const touch = (originalEvent as Partial<PointerEvent>).pointerType === "touch";
      callback([lngLat.lng, lngLat.lat], touch);
    });
  }

  /**
   * Let `begin` take hold of what lies under a pointer that is pressed; the map stands still for as
   * long as it holds it. Fingers, pens and mice alike.
   */
  onGrab(begin: (at: LonLat, touch: boolean) => Grab | null): void {
    watchGrabs(this.engine, begin);
  }

  /** Have a person draw a line or an area. What it returns stops the drawing. */
  async capture(
    shape: Drawing,
    colour: string,
    done: (drawn: LonLat[]) => void,
  ): Promise<() => void> {
    const { capture } = await import("./capture");
    return capture(this.engine, shape, colour, done);
  }

  /** Ground metres under one pixel in the middle of the map. */
  metresPerPixel(): number {
    const { lat, zoom } = this.view();
    return metresPerPixel(lat, zoom);
  }

  set cursor(cursor: string) {
    this.engine.getCanvas().style.cursor = cursor;
  }

  view(): View {
    const { lng, lat } = this.engine.getCenter();
    return { lon: lng, lat, zoom: this.engine.getZoom() };
  }

  fit(box: Box, padding: Padding, maxZoom = 17): void {
    this.engine.fitBounds(box, { padding, maxZoom, duration: 600 });
  }

  /** Bring a place to the middle of what the panels leave free. */
  flyTo(at: LonLat, zoom: number, { top, right, bottom, left }: Padding): void {
    this.engine.easeTo({
      center: at,
      zoom: Math.max(zoom, this.engine.getZoom()),
      offset: [(left - right) / 2, (top - bottom) / 2],
      duration: 600,
    });
  }

  jumpTo({ lon, lat, zoom }: View): void {
    this.engine.jumpTo({ center: [lon, lat], zoom });
  }

  zoomBy(step: number): void {
    this.engine.easeTo({ zoom: this.engine.getZoom() + step, duration: 250 });
  }

  show(layers: string[], visible: boolean): void {
    for (const id of layers) {
      this.engine.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
    }
  }

  setFilter(layer: string, filter: MapFilter): void {
    this.engine.setFilter(layer, filter);
  }

  setPaint(layer: string, property: string, value: unknown): void {
    this.engine.setPaintProperty(layer, property as never, value as never);
  }

  setPoints(source: string, data: FeatureCollection): void {
    void this.engine.getSource<GeoJSONSource>(source)?.setData(data);
  }

  setTiles(source: string, url: string): void {
    this.engine.getSource<VectorTileSource>(source)?.setTiles([url]);
  }

  /** Ask again for the tiles of every source, after the server was away. */
  refresh(): void {
    for (const source of Object.keys(this.engine.getStyle().sources)) {
      const held = this.engine.getSource(source);
      if (held?.type === "vector")
        (held as VectorTileSource).setTiles((held as VectorTileSource).tiles);
    }
  }

  /** Properties and place of every loaded point of a vector source. */
  loadedPoints(source: string, sourceLayer: string): Hit[] {
    return this.engine.querySourceFeatures(source, { sourceLayer }).map((feature) => ({
      layer: "",
      source,
      properties: feature.properties,
      lonLat: (feature.geometry as Point).coordinates as LonLat,
    }));
  }

  resize(): void {
    this.engine.resize();
  }

  destroy(): void {
    this.engine.remove();
  }

  private featuresAt(at: MapMouseEvent, layers: string[]): MapGeoJSONFeature[] {
    const known = layers.filter((id) => this.engine.getLayer(id));
    return this.engine.queryRenderedFeatures(at.point, { layers: known });
  }

  private markHovered(feature: MapGeoJSONFeature | undefined): void {
    const { source, sourceLayer, id } = feature ?? {};
    if (this.hovered?.id === id && this.hovered?.source === source) return;
    if (this.hovered) this.engine.setFeatureState(this.hovered, { hover: false });
    this.hovered =
      source && sourceLayer && id !== undefined ? { source, sourceLayer, id: String(id) } : null;
    if (this.hovered) this.engine.setFeatureState(this.hovered, { hover: true });
  }
}

function hitOf(feature: MapGeoJSONFeature, at: MapMouseEvent): Hit {
  return {
    layer: feature.layer.id,
    source: feature.source,
    properties: feature.properties,
    lonLat: [at.lngLat.lng, at.lngLat.lat],
  };
}
