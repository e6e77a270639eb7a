import { getJson, sendJson } from "../core/http";

/** A resident as lists show one: masked. */
export interface Resident {
  code: string;
  name: string;
  phone: string | null;
  has_id_number: boolean;
  household: string | null;
  building: string | null;
}

export interface Page {
  residents: Resident[];
  next: string | null;
}

export const FIELDS = ["name", "phone", "id_number"] as const;
export type Field = (typeof FIELDS)[number];
export type Told = Partial<Record<Field, string | null>>;

/** A whole number to look for somebody by. */
export type Sought = { phone: string } | { id_number: string };

const AT_ONCE = 50;
const LEAST_OF_A_REASON = 4;

export const fetchResidents = (
  grid: string,
  after: string | null,
  signal?: AbortSignal,
): Promise<Page> =>
  getJson<Page>(
    `/api/grids/${encodeURIComponent(grid)}/residents`,
    { after, limit: AT_ONCE },
    signal,
  );

/** Whoever has this number, masked. It goes in the body: no address and no history keeps it. */
export const findResidents = (number: Sought): Promise<Resident[]> =>
  sendJson<Page>("POST", "/api/residents/find", number).then(({ residents }) => residents);

/** The fields as they are; the server records who asked, for whom and why. */
export const unmask = (code: string, fields: Field[], reason: string): Promise<Told> =>
  sendJson<Told>("POST", `/api/residents/${encodeURIComponent(code)}/unmask`, { fields, reason });

/** Which number somebody typed, blanks and dashes as people write them; null when it is none. */
export function numberOf(text: string): Sought | null {
  const plain = text.replace(/[\s-]/g, "");
  if (/^\d{17}[\dXx]$/.test(plain)) return { id_number: plain.toUpperCase() };
  return /^\+?\d{7,15}$/.test(plain) ? { phone: text.trim() } : null;
}

/** The fields that there is something of. */
export const fieldsOf = ({ phone, has_id_number }: Resident): Field[] =>
  FIELDS.filter(
    (field) => field === "name" || (field === "phone" ? phone !== null : has_id_number),
  );

export const isReason = (text: string): boolean => [...text.trim()].length >= LEAST_OF_A_REASON;
