import { PageHeader } from "../../components/page-header.tsx";
import { PageTabs } from "../../components/page-tabs.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import { videoTexts } from "./texts.ts";

const places = [
  { to: "/video", key: "clips" },
  { to: "/video/grid", key: "grid" },
  { to: "/video/attention", key: "attention" },
  { to: "/video/train", key: "train" },
  { to: "/video/ideas", key: "ideas" },
] as const;

export function VideoHeader() {
  const texts = useTexts(videoTexts);
  return (
    <>
      <PageHeader title={texts.title} intro={texts.intro} />
      <PageTabs label={texts.tabs.label} places={places.map(({ to, key }) => ({ to, name: texts.tabs[key] }))} />
    </>
  );
}
