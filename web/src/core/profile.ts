import {
  computed,
  inject,
  provide,
  type ComputedRef,
  type InjectionKey,
  type ShallowRef,
} from "vue";
import type { Box } from "./geometry";
import { getJson } from "./http";
import { pick } from "./i18n";

export interface Term {
  code: string;
  name: string;
  name_en: string;
}

export interface Profile {
  name: string;
  title: string;
  title_en: string;
  county_code: string;
  time_zone: string;
  levels: { level: string; label: string; label_en: string }[];
  categories: (Term & { children: Term[] })[];
  channels: Term[];
  statuses: Term[];
  roles: Term[];
  size_limits: { urban: [number, number]; rural: [number, number] };
  bounds: Box | null;
  synthetic: boolean;
  counts: Counts;
  plan: { code: string; name: string; valid_from: string | null } | null;
  first_incident: string | null;
  last_incident: string | null;
  version: string;
}

export interface Counts {
  townships: number;
  villages: number;
  grids: number;
  buildings: number;
  households: number;
  residents: number;
  incidents: number;
  outside: number;
}

/** The name of a code in the chosen language; a code nobody named stands for itself. */
export function nameOf(terms: Term[], code: string | null | undefined, otherwise = ""): string {
  const term = terms.find((one) => one.code === code);
  return term ? pick(term.name, term.name_en) : otherwise || (code ?? "–");
}

const KEY: InjectionKey<ShallowRef<Profile | undefined>> = Symbol("profile");

export function fetchProfile(signal?: AbortSignal): Promise<Profile> {
  return getJson<Profile>("/api/profile", {}, signal);
}

export function provideProfile(profile: ShallowRef<Profile | undefined>): void {
  provide(KEY, profile);
}

/** The deployment's profile. Pages are shown only once it is loaded. */
export function useProfile(): Profile {
  const profile = inject(KEY)?.value;
  if (!profile) throw new Error("useProfile() outside a page");
  return profile;
}

/** The deployment's time zone; the browser's while the profile is not there. */
export function useTimeZone(): ComputedRef<string> {
  const profile = inject(KEY, undefined);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return computed(() => profile?.value?.time_zone ?? here);
}
