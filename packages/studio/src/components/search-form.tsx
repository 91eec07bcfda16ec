import { Button, Group, Stack, type StackProps, TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { SearchIcon } from "./icons.tsx";

/** A line to write what is looked for, and below it what narrows the search. It follows the link it stands in. */
export function SearchForm({
  q = "",
  label,
  placeholder,
  submit,
  onSearch,
  children,
  mb,
}: {
  /** As it stands in the link. */
  q?: string;
  label: string;
  placeholder: string;
  submit: string;
  onSearch: (q: string) => void;
  children: ReactNode;
  mb?: StackProps["mb"];
}) {
  const [query, setQuery] = useState(q);
  useEffect(() => setQuery(q), [q]);
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(query.trim());
        }}
      >
        <Stack gap="sm" mb={mb}>
          <Group gap="xs" wrap="nowrap">
            <TextInput
              type="search"
              size="md"
              flex={1}
              value={query}
              onChange={(event) => setQuery(event.currentTarget.value)}
              placeholder={placeholder}
              aria-label={label}
              leftSection={<SearchIcon />}
              maxLength={4000}
            />
            <Button type="submit" size="md">
              {submit}
            </Button>
          </Group>
          {children}
        </Stack>
      </form>
    </search>
  );
}
