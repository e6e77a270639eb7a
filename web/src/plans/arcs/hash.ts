/* A spatial hash: the plane in square cells, each with the things that lie in it. */

interface Extent {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Boxes of things, four numbers each: west, south, east, north. A point is a box without size. */
export type Boxes = Float64Array;

export class SpatialHash {
  private readonly west: number;
  private readonly south: number;
  private readonly side: number;
  private readonly columns: number;
  private readonly rows: number;
  private readonly starts: Int32Array;
  private readonly things: Int32Array;
  private readonly seen: Int32Array;
  private turn = 0;

  constructor(boxes: Boxes, perCell = 4) {
    const n = boxes.length / 4;
    const { west, south, east, north } = extentOf(boxes);
    this.west = west;
    this.south = south;
    const cells = Math.max(1, n / perCell);
    const area = Math.max(east - west, 1e-9) * Math.max(north - south, 1e-9);
    this.side = Math.sqrt(area / cells);
    this.columns = Math.floor((east - west) / this.side) + 1;
    this.rows = Math.floor((north - south) / this.side) + 1;
    this.seen = new Int32Array(n);
    this.starts = new Int32Array(this.columns * this.rows + 1);
    const each = (visit: (cell: number, thing: number) => void): void => {
      for (let thing = 0; thing < n; thing++) {
        const at = thing * 4;
        this.cells(
          boxes[at] as number,
          boxes[at + 1] as number,
          boxes[at + 2] as number,
          boxes[at + 3] as number,
          (cell) => visit(cell, thing),
        );
      }
    };
    each((cell) => (this.starts[cell + 1] = (this.starts[cell + 1] as number) + 1));
    for (let cell = 0; cell < this.starts.length - 1; cell++)
      this.starts[cell + 1] = (this.starts[cell + 1] as number) + (this.starts[cell] as number);
    const filled = this.starts.slice();
    this.things = new Int32Array(this.starts[this.starts.length - 1] as number);
    each((cell, thing) => {
      const place = filled[cell] as number;
      this.things[place] = thing;
      filled[cell] = place + 1;
    });
  }

  /** Everything that may lie in a box, once each; things whose cells touch it are among them. */
  near(
    west: number,
    south: number,
    east: number,
    north: number,
    visit: (thing: number) => void,
  ): void {
    const turn = ++this.turn;
    this.cells(west, south, east, north, (cell) => {
      const end = this.starts[cell + 1] as number;
      for (let at = this.starts[cell] as number; at < end; at++) {
        const thing = this.things[at] as number;
        if (this.seen[thing] === turn) continue;
        this.seen[thing] = turn;
        visit(thing);
      }
    });
  }

  private cells(
    west: number,
    south: number,
    east: number,
    north: number,
    visit: (cell: number) => void,
  ): void {
    const left = this.within(west - this.west, this.columns);
    const right = this.within(east - this.west, this.columns);
    const top = this.within(north - this.south, this.rows);
    for (let row = this.within(south - this.south, this.rows); row <= top; row++)
      for (let column = left; column <= right; column++) visit(row * this.columns + column);
  }

  private within(distance: number, count: number): number {
    return Math.min(count - 1, Math.max(0, Math.floor(distance / this.side)));
  }
}

function extentOf(boxes: Boxes): Extent {
  if (boxes.length === 0) return { west: 0, south: 0, east: 0, north: 0 };
  const extent = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (let at = 0; at < boxes.length; at += 4) {
    extent.west = Math.min(extent.west, boxes[at] as number);
    extent.south = Math.min(extent.south, boxes[at + 1] as number);
    extent.east = Math.max(extent.east, boxes[at + 2] as number);
    extent.north = Math.max(extent.north, boxes[at + 3] as number);
  }
  return extent;
}
