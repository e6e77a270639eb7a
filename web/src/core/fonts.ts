/* Weight is read from the first name; the map has no glyph server and draws every letter from
   the fonts of the machine. */
const FAMILIES = [
  "PingFang SC",
  "Microsoft YaHei UI",
  "Microsoft YaHei",
  "Source Han Sans SC",
  "Noto Sans CJK SC",
  "WenQuanYi Micro Hei",
  "sans-serif",
];
export const LABEL_FONT = ["label medium", ...FAMILIES];
export const LABEL_FONT_BOLD = ["label bold", ...FAMILIES];
