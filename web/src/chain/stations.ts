import type { MessageKey } from "../core/i18n";
import type { Link } from "./api";

export type State = "ok" | "warn" | "bad";

/** One stop of the chain as people speak of it, with all the links that are checked there. */
export interface Station {
  title: MessageKey;
  links: Link[];
  state: State;
  /** How many there are of what the stop is about. */
  total: number;
  broken: number;
}

const STATIONS: [MessageKey, string[]][] = [
  ["check.residents", ["resident_household"]],
  ["check.households", ["household_dwelling"]],
  ["check.dwellings", ["dwelling_building"]],
  ["check.buildings", ["building_grid", "building_placement", "building_once", "building_whole"]],
  ["check.grids", ["grid_village", "village_grids", "grid_lead", "posting_grid"]],
  [
    "check.map",
    [
      "land_in_grid",
      "plan_in_force",
      "grid_overlap",
      "grid_sliver",
      "grid_border",
      "unit_parent",
      "unit_drawn",
      "unit_tiling",
    ],
  ],
  ["check.incidents", ["incident_grid", "incident_outside", "incident_location"]],
  ["check.others", ["asset_grid", "organisation_grid"]],
];

export function stateOf(link: Link): State {
  if (link.ok) return "ok";
  return link.warning ? "warn" : "bad";
}

/** The links of a report at their stations; a link this page does not know goes to the last. */
export function stationsOf(links: Link[]): Station[] {
  const known = new Set(STATIONS.flatMap(([, names]) => names));
  const others = links.filter((link) => !known.has(link.link));
  return STATIONS.map(([title, names], index) => {
    const here = names.flatMap((name) => links.find((link) => link.link === name) ?? []);
    return station(title, index === STATIONS.length - 1 ? [...here, ...others] : here);
  }).filter((one) => one.links.length > 0);
}

function station(title: MessageKey, links: Link[]): Station {
  const states = links.map(stateOf);
  const state = (["bad", "warn"] as const).find((one) => states.includes(one)) ?? "ok";
  const broken = links.reduce((sum, link) => sum + link.broken, 0);
  return { title, links, state, total: links[0]?.total ?? 0, broken };
}
