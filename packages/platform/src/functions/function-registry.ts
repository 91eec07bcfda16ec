import { ArgumentError, nearestName } from "@loam/core";
import type { Tool } from "../generation/request.ts";
import type { ServerFunction } from "./server-function.ts";

const nameForm = /^[a-zA-Z0-9_.-]{1,64}$/;

/** The functions that this process can answer, by their names. */
export class FunctionRegistry {
  readonly #functions = new Map<string, ServerFunction>();
  readonly #closers: (() => Promise<void>)[] = [];

  constructor(functions: readonly ServerFunction[] = []) {
    this.add(...functions);
  }

  /** @throws {ArgumentError} for a name that is taken or that models' services refuse. */
  add(...functions: readonly ServerFunction[]): void {
    for (const one of functions) {
      if (!nameForm.test(one.name))
        throw new ArgumentError("name", one.name, "1 to 64 letters, digits, _, - and .", "rename the function");
      const other = this.#functions.get(one.name);
      if (other) {
        throw new ArgumentError(
          "name",
          one.name,
          "a name that no other function has",
          `${other.source ?? "another source"} has one; give one of them a prefix`,
        );
      }
      this.#functions.set(one.name, one);
    }
  }

  /** Called when the registry is closed: connections of functions that others answer. */
  onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  get size(): number {
    return this.#functions.size;
  }

  list(): ServerFunction[] {
    return [...this.#functions.values()];
  }

  find(name: string): ServerFunction | undefined {
    return this.#functions.get(name);
  }

  /** @throws {ArgumentError} naming the nearest one. */
  get(name: string): ServerFunction {
    const found = this.find(name);
    if (found) return found;
    const names = [...this.#functions.keys()];
    const near = nearestName(name, names);
    throw new ArgumentError(
      "function",
      name,
      `one of ${names.join(", ") || "no functions"}`,
      near && `did you mean ${near}?`,
    );
  }

  /** As models are offered them. */
  tools(names?: readonly string[]): Tool[] {
    const chosen = names ? names.map((name) => this.get(name)) : this.list();
    return chosen.map(({ name, description, parameters }) => ({
      type: "function",
      name,
      ...(description ? { description } : {}),
      parameters,
    }));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#closers.map((close) => close()));
  }
}
