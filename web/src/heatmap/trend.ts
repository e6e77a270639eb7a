import type { TokenReader } from "../core/tokens";

/* Tooltips are drawn on the canvas: as HTML they would need inline styles, which our content
   security policy refuses. */

/** Chart options: incidents by frame, with a line at the frame shown. */
export function trendOptions(
  c: TokenReader,
  names: string[],
  values: number[],
  frame: number | null,
): Record<string, unknown> {
  const text = { color: c("ink-3"), fontFamily: c("font"), fontSize: 11 };
  return {
    animation: false,
    grid: { left: 34, right: 6, top: 10, bottom: 22 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      textStyle: { fontSize: 12 },
      confine: true,
    },
    xAxis: {
      type: "category",
      data: names,
      boundaryGap: false,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: c("line-strong") } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      splitNumber: 3,
      axisLabel: text,
      splitLine: { lineStyle: { color: c("line") } },
    },
    series: [
      {
        type: "line",
        data: values,
        symbol: "none",
        lineStyle: { color: c("accent"), width: 1.6 },
        itemStyle: { color: c("accent") },
        areaStyle: { color: c("accent"), opacity: 0.12 },
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: false },
          lineStyle: { color: c("ink"), type: "solid", width: 1.5 },
          data: frame === null ? [] : [{ xAxis: frame }],
        },
      },
    ],
  };
}
