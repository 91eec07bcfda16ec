import type { SVGProps } from "react";

type IconProps = SVGProps<SVGSVGElement>;

/** A drawing on a 24 × 24 grid, in the colour and 1.25 em of the text around it. Decoration: hidden from readers. */
function Icon({ paths, ...props }: IconProps & { paths: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="1.25em"
      height="1.25em"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      {...props}
    >
      <path d={paths} />
    </svg>
  );
}

export const LibraryIcon = (props: IconProps) => (
  <Icon {...props} paths="M5 4v16M9.5 4v16M14 4.5l4.5 15.2M5 4h4.5v16H5z" />
);
export const TableIcon = (props: IconProps) => <Icon {...props} paths="M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14" />;
export const SearchIcon = (props: IconProps) => (
  <Icon {...props} paths="M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM20 20l-4.8-4.8" />
);
export const TraceIcon = (props: IconProps) => <Icon {...props} paths="M4 6h9M8 12h9M12 18h8M4 6v.01" />;
export const MeasureIcon = (props: IconProps) => (
  <Icon {...props} paths="M3.5 15.5l12-12 5 5-12 12zM7 12l2 2M10 9l3 3M13 6l2 2" />
);
export const SettingsIcon = (props: IconProps) => (
  <Icon {...props} paths="M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4" />
);
export const TuneIcon = (props: IconProps) => (
  <Icon
    {...props}
    paths="M12 20v-8M12 14c0-4-2.5-6.5-7-6.5 0 4.5 2.5 6.5 7 6.5zM12 11.5c0-4 2.5-6.5 7-6.5 0 4.5-2.5 6.5-7 6.5zM7 20h10"
  />
);
export const DownloadIcon = (props: IconProps) => (
  <Icon {...props} paths="M12 4.5V15M7.5 10.5L12 15l4.5-4.5M4.5 15v4.5h15V15" />
);
export const TrashIcon = (props: IconProps) => (
  <Icon {...props} paths="M5 7h14M10 11v6M14 11v6M7 7l.8 12.2h8.4L17 7M9.5 7V4.5h5V7" />
);
export const MoreIcon = (props: IconProps) => <Icon {...props} paths="M4 7h16M4 12h16M4 17h16" />;
export const PlusIcon = (props: IconProps) => <Icon {...props} paths="M12 5v14M5 12h14" />;
export const MinusIcon = (props: IconProps) => <Icon {...props} paths="M5 12h14" />;
export const CloseIcon = (props: IconProps) => <Icon {...props} paths="M6 6l12 12M18 6L6 18" />;
export const SendIcon = (props: IconProps) => <Icon {...props} paths="M5 12h14M13 6l6 6-6 6" />;
export const StopIcon = (props: IconProps) => <Icon {...props} paths="M8 8h8v8H8z" />;
export const ExternalIcon = (props: IconProps) => <Icon {...props} paths="M13 5h6v6M19 5l-9 9M16 14v5H5V8h5" />;
export const PanelIcon = (props: IconProps) => <Icon {...props} paths="M4 5h16v14H4zM14.5 5v14" />;
export const ChatIcon = (props: IconProps) => <Icon {...props} paths="M5 5h14v10.5h-7L7.5 19v-3.5H5z" />;
export const FigureIcon = (props: IconProps) => (
  <Icon {...props} paths="M5 19V10M10 19V5M15 19v-7M20 19v-4M3.5 19.5h18" />
);
export const SunIcon = (props: IconProps) => (
  <Icon
    {...props}
    paths="M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1"
  />
);
export const MoonIcon = (props: IconProps) => (
  <Icon {...props} paths="M19 14.5A7.5 7.5 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5z" />
);
export const AutoIcon = (props: IconProps) => (
  <Icon {...props} paths="M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 8h5M12 12h7.5M12 16h5" />
);
export const LanguageIcon = (props: IconProps) => (
  <Icon {...props} paths="M4 6.5h9M8.5 4v2.5c0 4-2 6.5-4.5 8M6 9.5c1 2.5 3 4 5.5 5M12 20l4-9 4 9M13.3 17h5.4" />
);
export const UploadIcon = (props: IconProps) => (
  <Icon {...props} paths="M12 15V4.5M7.5 9L12 4.5 16.5 9M4.5 15v4.5h15V15" />
);
export const LockIcon = (props: IconProps) => <Icon {...props} paths="M6 11h12v8.5H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3" />;
export const ExpandIcon = (props: IconProps) => <Icon {...props} paths="M14 5h5v5M10 19H5v-5M19 5l-6 6M5 19l6-6" />;
export const CopyIcon = (props: IconProps) => <Icon {...props} paths="M9 9h10.5v10.5H9zM5 15H4.5V4.5H15V5" />;
export const BackIcon = (props: IconProps) => <Icon {...props} paths="M19 12H5M11 6l-6 6 6 6" />;
export const WarningIcon = (props: IconProps) => <Icon {...props} paths="M12 4.5L3 19.5h18zM12 10v4.5M12 17v.01" />;
export const PinIcon = (props: IconProps) => <Icon {...props} paths="M9 4h6l-1 6 3 3.5H7L10 10zM12 13.5V20" />;
export const RetryIcon = (props: IconProps) => <Icon {...props} paths="M5 12a7 7 0 1 1 2 4.9M5 17v-4h4" />;
export const BookIcon = (props: IconProps) => (
  <Icon {...props} paths="M12 6.5C10 5 7 4.5 4 5v13.5c3-.5 6 0 8 1.5 2-1.5 5-2 8-1.5V5c-3-.5-6 0-8 1.5zM12 6.5V20" />
);
export const SummaryIcon = (props: IconProps) => (
  <Icon {...props} paths="M6 4h9l4 4v12H6zM15 4v4h4M9 12h7M9 15.5h4.5" />
);
export const LikeIcon = (props: IconProps) => (
  <Icon {...props} paths="M12 19.5S4.5 15 4.5 9.5A3.9 3.9 0 0 1 12 8a3.9 3.9 0 0 1 7.5 1.5C19.5 15 12 19.5 12 19.5z" />
);
export const DislikeIcon = (props: IconProps) => (
  <Icon {...props} paths="M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.4 6.4l11.2 11.2" />
);
export const SeenIcon = (props: IconProps) => <Icon {...props} paths="M5 12.5l4.5 4.5L19 7.5" />;
export const SimilarIcon = (props: IconProps) => (
  <Icon {...props} paths="M9 5.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM15 8.5a5 5 0 1 1 0 10 5 5 0 0 1 0-10z" />
);
export const AskIcon = (props: IconProps) => (
  <Icon {...props} paths="M5 5h14v10.5h-7L7.5 19v-3.5H5zM10 9a2 2 0 1 1 2.6 1.9c-.4.1-.6.4-.6.8M12 13.4v.01" />
);
export const ToolIcon = (props: IconProps) => (
  <Icon {...props} paths="M8 4.5H6.5v6L4.5 12l2 1.5v6H8M16 4.5h1.5v6l2 1.5-2 1.5v6H16M10 12h4" />
);
export const ExperimentIcon = (props: IconProps) => <Icon {...props} paths="M4 4.5v15h16M7 15l4-5 3.5 3L20 6.5" />;
export const VideoIcon = (props: IconProps) => (
  <Icon {...props} paths="M4 6h16v12H4zM4 10h16M8 6v4M13 6v4M10.5 12.5v3.5l3-1.75z" />
);
export const PauseIcon = (props: IconProps) => <Icon {...props} paths="M9 6v12M15 6v12" />;
export const PlayIcon = (props: IconProps) => <Icon {...props} paths="M8 5.5v13l10.5-6.5z" />;
export const WorkIcon = (props: IconProps) => (
  <Icon {...props} paths="M4 14h4l1.5 3h5l1.5-3h4M6.5 5h11L20 14v5.5H4V14z" />
);
export const LinkIcon = (props: IconProps) => (
  <Icon
    {...props}
    paths="M10 14a4 4 0 0 0 6 .4l2.5-2.5a4 4 0 0 0-5.6-5.6L12 7.2M14 10a4 4 0 0 0-6-.4l-2.5 2.5a4 4 0 0 0 5.6 5.6l.9-.9"
  />
);
