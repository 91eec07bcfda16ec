import { NotFoundError } from "@loam/core";

/** What an array of an index may hold. */
export type Values = Uint8Array | Int8Array | Int16Array | Uint16Array | Uint32Array | Float32Array;

/** The named arrays that an index is made of, in memory or in a file (`openSections`), of which only what is asked for is read. */
export interface Sections {
  /** How many values it has; 0 when there is no such array. */
  length(name: string): number;
  /** The values from `from` to `to`; not to be written to. */
  slice<T extends Values>(name: string, from: number, to: number): T;
  /** Fills an array of the same kind with the values from `from` on. */
  copyInto(name: string, from: number, target: Values): void;
}

/** All values of an array. */
export function whole<T extends Values>(sections: Sections, name: string): T {
  return sections.slice<T>(name, 0, sections.length(name));
}

/** Arrays in memory. */
export class MemorySections implements Sections {
  readonly arrays: ReadonlyMap<string, Values>;

  constructor(arrays: ReadonlyMap<string, Values>) {
    this.arrays = arrays;
  }

  length(name: string): number {
    return this.arrays.get(name)?.length ?? 0;
  }

  slice<T extends Values>(name: string, from: number, to: number): T {
    return this.#array(name).subarray(from, to) as T;
  }

  copyInto(name: string, from: number, target: Values): void {
    target.set(this.#array(name).subarray(from, from + target.length));
  }

  #array(name: string): Values {
    const array = this.arrays.get(name);
    if (!array) throw new NotFoundError("array of the index", name, { known: this.arrays.keys() });
    return array;
  }
}
