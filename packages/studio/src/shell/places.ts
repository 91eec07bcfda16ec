import {
  AskIcon,
  BookIcon,
  ChatIcon,
  ExperimentIcon,
  LibraryIcon,
  MeasureIcon,
  SearchIcon,
  SettingsIcon,
  SummaryIcon,
  TableIcon,
  ToolIcon,
  TraceIcon,
  TuneIcon,
  VideoIcon,
} from "../components/icons.tsx";

/** The rail: what belongs together stands together. */
export const placeGroups = [
  [
    { to: "/", key: "ask", Icon: AskIcon },
    { to: "/library", key: "library", Icon: LibraryIcon },
  ],
  [
    { to: "/chat", key: "chat", Icon: ChatIcon },
    { to: "/functions", key: "functions", Icon: ToolIcon },
  ],
  [
    { to: "/tune", key: "tune", Icon: TuneIcon },
    { to: "/evaluations", key: "measure", Icon: MeasureIcon },
    { to: "/experiments", key: "experiments", Icon: ExperimentIcon },
    { to: "/recommend", key: "recommend", Icon: BookIcon },
    { to: "/video", key: "video", Icon: VideoIcon },
  ],
  [
    { to: "/traces", key: "traces", Icon: TraceIcon },
    { to: "/settings", key: "settings", Icon: SettingsIcon },
  ],
] as const;

/** Everything in the rail, in its order. */
export const places = placeGroups.flat();

/** Pages that are reached from another one. */
export const innerPlaces = [
  { to: "/search", key: "search", Icon: SearchIcon },
  { to: "/summaries", key: "summaries", Icon: SummaryIcon },
  { to: "/extractions", key: "extractions", Icon: TableIcon },
] as const;
