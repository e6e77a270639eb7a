import type { Area } from "./api";

export interface Branch {
  area: Area;
  children: Branch[];
}

export interface Row {
  area: Area;
  depth: number;
  open: boolean;
  leaf: boolean;
}

/** The county with its townships and villages below it, each level in code order. */
export function grow(areas: Area[]): Branch[] {
  const branches = new Map(areas.map((area) => [area.code, { area, children: [] as Branch[] }]));
  const roots: Branch[] = [];
  for (const branch of [...branches.values()].sort(byCode)) {
    const parent = branch.area.parent_code ? branches.get(branch.area.parent_code) : undefined;
    (parent ? parent.children : roots).push(branch);
  }
  return roots;
}

function byCode(a: Branch, b: Branch): number {
  return a.area.code < b.area.code ? -1 : 1;
}

/** The rows to show: open branches when nothing is typed, else every match with its ancestors. */
export function visibleRows(roots: Branch[], open: ReadonlySet<string>, typed: string): Row[] {
  const wanted = typed.trim();
  const walk = (branch: Branch, depth: number): Row[] => {
    const { area, children } = branch;
    const below = children.flatMap((child) => walk(child, depth + 1));
    const leaf = children.length === 0;
    if (!wanted) {
      const isOpen = open.has(area.code);
      return [{ area, depth, open: isOpen, leaf }, ...(isOpen ? below : [])];
    }
    const own = area.name.includes(wanted) || area.code.includes(wanted);
    return own || below.length ? [{ area, depth, open: below.length > 0, leaf }, ...below] : [];
  };
  return roots.flatMap((root) => walk(root, 0));
}
