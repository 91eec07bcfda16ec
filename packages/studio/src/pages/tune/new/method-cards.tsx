import { Radio, Text } from "@mantine/core";
import { useI18n } from "../../../i18n/i18n.tsx";
import { methodName } from "../method-names.ts";
import styles from "../tune.module.css";

/** The methods as cards, one of which is chosen. */
export function MethodCards({
  methods,
  value,
  onChange,
}: {
  methods: readonly string[];
  value: string;
  onChange: (method: string) => void;
}) {
  const { t } = useI18n();
  return (
    <Radio.Group value={value} onChange={onChange} aria-label={t.tune.form.method}>
      <div className={styles.methods}>
        {methods.map((type) => (
          <Radio.Card key={type} value={type} className={styles.method}>
            <Radio.Indicator size="xs" mt={4} />
            <div>
              <Text fw={600}>{methodName(type)}</Text>
              <Text size="sm" c="dimmed" lh={1.4}>
                {t.tune.methods[type] ?? type}
              </Text>
            </div>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}
