/** 东街村第一网格 → 第一网格: which village it is, one sees. */
export function shortName(name: string, village: string): string {
  return name.startsWith(village) && name !== village ? name.slice(village.length) : name;
}
