import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { AutoIcon, LanguageIcon, MoonIcon, SunIcon } from "../components/icons.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { type Locale, languages } from "../i18n/locale.ts";
import styles from "./shell.module.css";

const schemes = [
  { scheme: "auto", Icon: AutoIcon },
  { scheme: "light", Icon: SunIcon },
  { scheme: "dark", Icon: MoonIcon },
] as const;

/** Language and colour scheme; both are remembered. */
export function AppearanceControls() {
  const { t, locale, setLocale } = useI18n();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { Icon: SchemeIcon } = schemes.find(({ scheme }) => scheme === colorScheme) ?? schemes[0];
  return (
    <>
      <Menu position="top-start" withinPortal>
        <Menu.Target>
          <ActionIcon variant="transparent" size="lg" className={styles.control} aria-label={t.appearance.language}>
            <LanguageIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.RadioGroup value={locale} onChange={(value) => setLocale(value as Locale)}>
            {Object.entries(languages).map(([key, name]) => (
              <Menu.RadioItem key={key} value={key} lang={key}>
                {name}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Dropdown>
      </Menu>
      <Menu position="top-start" withinPortal>
        <Menu.Target>
          <ActionIcon variant="transparent" size="lg" className={styles.control} aria-label={t.appearance.scheme}>
            <SchemeIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as typeof colorScheme)}>
            {schemes.map(({ scheme, Icon }) => (
              <Menu.RadioItem key={scheme} value={scheme} rightSection={<Icon />}>
                {t.appearance[scheme]}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
