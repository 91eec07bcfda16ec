/** A stored object as it goes over the wire; each resource's `object.ts` says which fields it has. */
export interface WireObject {
  id: string;
  [field: string]: unknown;
}
