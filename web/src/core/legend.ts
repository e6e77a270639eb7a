/** One sample of a map symbol, as a legend draws it. `token` names a colour of tokens.css. */
export interface Swatch {
  shape: "line" | "area" | "dot" | "outline";
  token: string;
  label: string;
}

export interface LegendGroup {
  id: string;
  label: string;
  swatches: Swatch[];
}
