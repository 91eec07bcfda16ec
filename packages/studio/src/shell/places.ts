import {
  BookIcon,
  LibraryIcon,
  MeasureIcon,
  SearchIcon,
  SettingsIcon,
  SummaryIcon,
  TraceIcon,
  TuneIcon,
} from "../components/icons.tsx";

/** Where work is done, besides the library. */
export const workplaces = [
  { to: "/search", key: "search", Icon: SearchIcon },
  { to: "/summaries", key: "summaries", Icon: SummaryIcon },
  { to: "/recommend", key: "recommend", Icon: BookIcon },
  { to: "/tune", key: "tune", Icon: TuneIcon },
  { to: "/evaluations", key: "measure", Icon: MeasureIcon },
  { to: "/traces", key: "traces", Icon: TraceIcon },
] as const;

/** Everything in the navigation, in its order. */
export const places = [
  { to: "/", key: "library", Icon: LibraryIcon },
  ...workplaces,
  { to: "/settings", key: "settings", Icon: SettingsIcon },
] as const;
