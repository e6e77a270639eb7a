import { inject, provide, type InjectionKey, type ShallowRef } from "vue";
import type { Box } from "./geometry";
import { getJson } from "./http";

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
  levels: { level: string; label: string; label_en: string }[];
  categories: (Term & { children: Term[] })[];
  channels: Term[];
  statuses: Term[];
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
