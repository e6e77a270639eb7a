import { computed, ref } from "vue";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export type Locale = "zh-CN" | "en";
export type MessageKey = keyof typeof zh;

const messages: Record<Locale, Record<MessageKey, string>> = { "zh-CN": zh, en };
const STORED_AS = "gridmap.locale";

const chosen = ref<Locale>(localStorage.getItem(STORED_AS) === "en" ? "en" : "zh-CN");
export const locale = computed(() => chosen.value);

export function setLocale(next: Locale): void {
  chosen.value = next;
  localStorage.setItem(STORED_AS, next);
  document.documentElement.lang = next;
}

/** The text of `key` in the chosen language, with `{name}` places filled. */
export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  return messages[chosen.value][key].replace(/\{(\w+)\}/g, (place, name: string) =>
    name in values ? String(values[name]) : place,
  );
}

/** Pick the text for the chosen language from a record that carries both. */
export function pick(zhText: string, enText: string | null | undefined): string {
  return chosen.value === "en" && enText ? enText : zhText;
}
