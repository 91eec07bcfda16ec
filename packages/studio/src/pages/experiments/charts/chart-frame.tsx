import { useComputedColorScheme } from "@mantine/core";
import { type EChartsType, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([SVGRenderer]);

export interface ChartColors {
  text: string;
  dim: string;
  line: string;
  surface: string;
}

/** A chart that keeps to its box and to the colours of the scheme; `option` is asked again whenever it changes. */
export function ChartFrame({
  option,
  label,
  heightPx,
  onClick,
}: {
  option: (colors: ChartColors) => object;
  /** What the chart shows, in words. */
  label: string;
  heightPx: number;
  /** Given the name of the series or point that was chosen. */
  onClick?: (name: string) => void;
}) {
  const scheme = useComputedColorScheme();
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const click = useRef(onClick);
  click.current = onClick;
  useEffect(() => {
    const made = init(element.current, undefined, { renderer: "svg", height: heightPx });
    chart.current = made;
    made.on("click", ({ name, seriesName }) => click.current?.(name || String(seriesName)));
    const resize = new ResizeObserver(() => made.resize());
    resize.observe(element.current!);
    return () => {
      resize.disconnect();
      made.dispose();
    };
  }, [heightPx]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes what the CSS colours are
  useEffect(() => {
    const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { fontFamily: "inherit" },
        ...option({
          text: color("--mantine-color-text"),
          dim: color("--mantine-color-dimmed"),
          line: color("--loam-line"),
          surface: color("--loam-surface"),
        }),
      },
      { notMerge: true },
    );
  }, [option, scheme, heightPx]);
  return <div ref={element} style={{ height: heightPx, overflow: "hidden" }} role="img" aria-label={label} />;
}
