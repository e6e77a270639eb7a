import type { LonLat } from "../../core/geometry";
import type { Buildings, Figures, Places } from "./buildings";
import type { Criteria, Shift, Yardstick } from "./criteria";
import { take, without, type Grip, type Hold } from "./grips";
import { faultOf, type Fault } from "./legality";
import type { Area, Mesh } from "./mesh";
import { doubleArea } from "./plane";
import { passedBy, type Slide } from "./rail";
import type { Cores, Cuts } from "./walls";
import { figuresAfter, Tally } from "./tally";

/** A border operation as the server takes it. */
export interface BorderMove {
  operation: "move_border";
  moves: { at: LonLat; to: LonLat }[];
  inserts: { edge: [LonLat, LonLat]; at: LonLat }[];
  removes: LonLat[];
  /** Ends of borders that go along the outline, past some of its vertices. */
  slides: { at: LonLat; past: LonLat[]; to: LonLat }[];
}

/** How a grid looks at one step. */
export interface Draft extends Figures {
  code: string;
  geometry: Area;
  /** Its area, as a share of what it was. */
  area_share: number;
}

export interface Step {
  grids: Draft[];
  /** How good the whole division would be. */
  criteria: Criteria;
  /** What it runs through of buildings, and did not before. */
  cut: Cores;
  /** Why the border may not be dropped here. */
  fault: Fault | null;
}

/** What a drag needs to know: the division, what stands in it and in which grid, what is in each. */
export interface Scene {
  mesh: Mesh;
  buildings: Buildings;
  seat: Int32Array;
  figures: readonly Figures[];
  facilities: Places;
  facilitySeat: Int32Array;
  yardstick: Yardstick;
  cuts: Cuts;
}

/** A border on its way, step by step. */
export class Drag {
  private readonly hold: Hold;
  private tally: Tally;
  private readonly areas: Map<number, number>;

  constructor(
    private readonly scene: Scene,
    private readonly grip: Grip | { kind: "removal"; vertex: number },
    start: LonLat,
  ) {
    const { mesh } = scene;
    this.hold = grip.kind === "removal" ? without(mesh, grip.vertex) : take(mesh, grip, start);
    const { reshape } = this.hold;
    this.tally = new Tally(reshape);
    this.areas = new Map(
      reshape.grids.map((grid) => [
        grid,
        areaOf(mesh.parts[grid]!.map((rings) => rings.map((ring) => mesh.ring(ring)))),
      ]),
    );
  }

  /** Codes of the grids that change. */
  get codes(): string[] {
    return this.hold.reshape.grids.map((grid) => this.scene.mesh.codes[grid]!);
  }

  /** The pointer went to `at`. */
  to(at: LonLat): Step {
    this.hold.to(at);
    const { reshape, stuck } = this.hold;
    if (this.tally.reshape !== reshape) this.tally = new Tally(reshape);
    const shift = this.shift(reshape.grids);
    const { cuts, yardstick } = this.scene;
    const cut = stuck ? [] : cuts.of(reshape);
    const fault = stuck ?? faultOf(reshape) ?? cuts.faultOf(cut);
    const grids = reshape.grids.map((grid): Draft => {
      const parts = reshape.parts.get(grid)!;
      const polygons = parts.map((rings) => rings.map((ring) => reshape.ring(ring)));
      return {
        ...shift.figures.get(grid)!,
        code: this.scene.mesh.codes[grid]!,
        geometry: geometryOf(polygons),
        area_share: areaOf(polygons) / this.areas.get(grid)!,
      };
    });
    return { grids, criteria: yardstick.measure(shift), cut: cuts.shapesOf(cut), fault };
  }

  private shift(grids: readonly number[]): Shift {
    const { buildings, seat, figures, facilities, facilitySeat } = this.scene;
    this.tally.update();
    const resettled = this.tally.resettled(buildings, seat);
    return {
      figures: figuresAfter(grids, figures, buildings, resettled),
      buildings: resettled,
      facilities: this.tally.resettled(facilities, facilitySeat),
    };
  }

  /** What to ask of the server for the last step; null where nothing has moved. */
  operation(): BorderMove | null {
    const { mesh } = this.scene;
    const { reshape } = this.hold;
    if (this.grip.kind === "removal")
      return { ...NOTHING, removes: [mesh.position(this.grip.vertex)] };
    if (this.grip.kind === "edge") {
      const { from, to } = mesh.edge(this.grip.edge);
      const edge: [LonLat, LonLat] = [mesh.position(from), mesh.position(to)];
      return { ...NOTHING, inserts: [{ edge, at: reshape.position(reshape.fresh) }] };
    }
    const past = new Map(
      reshape.slides.filter(leaves).map((slide) => [slide.end, passedBy(slide)]),
    );
    const moves: BorderMove["moves"] = [];
    const slides: BorderMove["slides"] = [];
    for (const vertex of reshape.moved) {
      const [at, to] = [mesh.position(vertex), reshape.position(vertex)];
      const passed = past.get(vertex);
      if (at[0] === to[0] && at[1] === to[1]) continue;
      if (passed) slides.push({ at, past: mesh.ring(passed), to });
      else moves.push({ at, to });
    }
    return moves.length + slides.length ? { ...NOTHING, moves, slides } : null;
  }
}

const NOTHING: BorderMove = {
  operation: "move_border",
  moves: [],
  inserts: [],
  removes: [],
  slides: [],
};

/** Whether a slide leaves vertices behind; else its end is moved like any other vertex. */
const leaves = (slide: Slide): boolean => slide.stays || passedBy(slide).length > 0;

function geometryOf(polygons: LonLat[][][]): Area {
  for (const ring of polygons.flat()) ring.push(ring[0]!);
  return polygons.length === 1
    ? { type: "Polygon", coordinates: polygons[0]! }
    : { type: "MultiPolygon", coordinates: polygons };
}

function areaOf(polygons: LonLat[][][]): number {
  return polygons.flat().reduce((sum, ring) => sum + doubleArea(ring), 0);
}
