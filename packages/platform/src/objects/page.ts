/** Which objects of a list are asked for. */
export interface PageQuery {
  limit: number;
  order: "asc" | "desc";
  /** The page goes on behind this object, in the order asked for. */
  after?: string;
  /** The page ends before this object: the `limit` nearest ones. */
  before?: string;
}

/** Some objects of a list, in its order, and whether more follow in the direction that was read. */
export interface Page<Item> {
  data: Item[];
  hasMore: boolean;
}
