import type { Workspace } from "../../command/workspace.ts";

/** The store with what else a command asks for, loaded when it runs. */
export async function openStoreOf(home: string | undefined): Promise<Workspace> {
  return await (await import("../../command/workspace.ts")).openWorkspace({ home });
}
