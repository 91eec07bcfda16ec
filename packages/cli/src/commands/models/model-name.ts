/** A model as the command line takes it: `provider:model`, or a hub id, folder or file, which is a local one. */
export function modelNameOf(given: string, { adapter }: { adapter?: string } = {}): string {
  const name = /^[a-z][a-z0-9_-]+:/i.test(given) ? given : `local:${given}`;
  return adapter === undefined ? name : `${name}+${adapter}`;
}
