import type { MessageKey } from "../core/i18n";

export const LEAST_CHARACTERS = 12;

/**
 * What is wrong with a new password, as far as a page can tell; the server has the last word, and
 * knows the passwords that are guessed first.
 */
export function faultOf(fresh: string, again: string, account: string): MessageKey | null {
  if ([...fresh].length < LEAST_CHARACTERS) return "password.short";
  if (fresh.toLowerCase().includes(account.toLowerCase())) return "password.holds_account";
  return fresh === again ? null : "password.differs";
}

/** A one-time code as people type it: "123 456" → "123456"; a recovery code keeps its groups. */
export function tidyCode(text: string): string {
  const code = text.trim();
  return /^[\d\s]+$/.test(code) ? code.replace(/\s/g, "") : code;
}
