/** Read a design token of tokens.css, for drawing that CSS cannot reach (the map, charts). */
export type TokenReader = (name: string) => string;

export const token: TokenReader = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
