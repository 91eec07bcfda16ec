import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useId, useState } from "react";
import { SearchIcon } from "../../components/icons.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { matchesOf, type Target } from "./matches.ts";
import styles from "./palette.module.css";
import { paletteTexts } from "./texts.ts";
import { useTargets } from "./use-targets.ts";

/** Goes to anything by a few letters of its name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const texts = useTexts(paletteTexts);
  const navigate = useNavigate();
  const list = useId();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [settled] = useDebouncedValue(query.trim(), 200);
  const found = matchesOf(useTargets(settled), query);
  const chosen = Math.min(at, found.length - 1);

  function open(target: Target | undefined) {
    if (!target) return;
    onClose();
    void navigate({ to: target.to });
  }
  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt(found.length === 0 ? 0 : (chosen + step + found.length) % found.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      open(found[chosen]);
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={texts.label}
      size={620}
      yOffset="12vh"
      closeButtonProps={{ "aria-label": t.common.close }}
    >
      <TextInput
        data-autofocus
        size="md"
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={list}
        aria-activedescendant={found[chosen] && `${list}-${chosen}`}
        aria-label={texts.placeholder}
        placeholder={texts.placeholder}
        leftSection={<SearchIcon />}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label={texts.results} className={styles.list}>
        {found.map((target, index) => (
          <div key={`${target.group} ${target.to}`}>
            {found[index - 1]?.group !== target.group && (
              <div className={styles.group} role="presentation">
                {texts.groups[target.group]}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which says what is chosen */}
            <div
              id={`${list}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              className={styles.option}
              onMouseMove={() => setAt(index)}
              onClick={() => open(target)}
              ref={index === chosen ? (element) => element?.scrollIntoView({ block: "nearest" }) : undefined}
            >
              <span className={styles.name}>{target.name}</span>
              {target.detail && target.detail !== target.name && <span className={styles.detail}>{target.detail}</span>}
            </div>
          </div>
        ))}
      </div>
      <div className={styles.hint} role="status">
        {found.length === 0 ? texts.none(query.trim()) : texts.hint}
      </div>
    </Modal>
  );
}
