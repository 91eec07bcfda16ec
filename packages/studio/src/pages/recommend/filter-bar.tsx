import { MultiSelect, NumberInput, Slider, Text } from "@mantine/core";
import { useFacets } from "../../api/catalogues.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./recommend.module.css";
import { type RecommendSearch, readList, writeList } from "./recommend-search.ts";

/** Languages, tags, years and variety; what a catalogue does not tell is not offered. */
export function FilterBar({
  catalogue,
  search,
  onChange,
}: {
  catalogue: string;
  search: RecommendSearch;
  onChange: (next: RecommendSearch) => void;
}) {
  const { t } = useI18n();
  const facets = useFacets(catalogue);
  const { languages = [], tags = [], years } = facets.data ?? {};
  return (
    <fieldset className={styles.filters} aria-label={t.recommend.filters}>
      {languages.length > 1 && (
        <MultiSelect
          size="xs"
          w={170}
          label={t.recommend.language}
          value={readList(search.languages)}
          onChange={(names) => onChange({ languages: writeList(names) })}
          data={languages.map(({ name }) => name)}
          clearable
          searchable
        />
      )}
      {tags.length > 0 && (
        <MultiSelect
          size="xs"
          w={230}
          label={t.recommend.tags}
          value={readList(search.tags)}
          onChange={(names) => onChange({ tags: writeList(names) })}
          data={tags.map(({ name }) => name)}
          clearable
          searchable
        />
      )}
      {years && (
        <div className={styles.years}>
          {(["from", "to"] as const).map((end) => (
            <NumberInput
              key={end}
              size="xs"
              w={86}
              label={end === "from" ? `${t.recommend.years} · ${t.recommend.from}` : t.recommend.to}
              placeholder={String(years[end === "from" ? 0 : 1])}
              value={search[end] ?? ""}
              onChange={(value) => onChange({ [end]: String(value) })}
              allowDecimal={false}
              hideControls
            />
          ))}
        </div>
      )}
      <div className={styles.variety}>
        <Text size="xs" fw={500} id="variety" title={t.recommend.diversityHelp}>
          {t.recommend.diversity}
        </Text>
        <Slider
          size="sm"
          min={0}
          max={0.9}
          step={0.1}
          defaultValue={Number(search.variety ?? 0)}
          onChangeEnd={(value) => onChange({ variety: value > 0 ? String(value) : "" })}
          label={null}
          thumbLabel={t.recommend.diversity}
          aria-labelledby="variety"
        />
        <div className={styles.ends}>
          <span>{t.recommend.close}</span>
          <span>{t.recommend.varied}</span>
        </div>
      </div>
    </fieldset>
  );
}
