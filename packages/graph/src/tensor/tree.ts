/** Nested records and arrays with leaves: how parameters, states and batches are passed around. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** The same tree with other leaves. */
export type MapTree<S, From, To> = S extends From
  ? To
  : S extends readonly (infer E)[]
    ? number extends S["length"]
      ? MapTree<E, From, To>[]
      : { [K in keyof S]: MapTree<S[K], From, To> }
    : { [K in keyof S]: MapTree<S[K], From, To> };

/** Every leaf with its path: `["layers.0.q", leaf]`. A tree that is one leaf has the path "". */
export function leavesOf<T>(tree: Tree<T>, isLeaf: (x: unknown) => x is T, path = ""): [path: string, leaf: T][] {
  if (isLeaf(tree)) return [[path, tree]];
  return Object.entries(tree as object).flatMap(([key, branch]) =>
    branch === undefined ? [] : leavesOf(branch as Tree<T>, isLeaf, path === "" ? key : `${path}.${key}`),
  );
}

/** The tree with every leaf replaced. */
export function mapTree<T, U, S extends Tree<T>>(
  tree: S,
  isLeaf: (x: unknown) => x is T,
  replace: (leaf: T, path: string) => U,
  path = "",
): MapTree<S, T, U> {
  const child = (key: string | number) => (path === "" ? `${key}` : `${path}.${key}`);
  if (isLeaf(tree)) return replace(tree, path) as MapTree<S, T, U>;
  if (Array.isArray(tree))
    return tree.map((branch, i) => mapTree(branch, isLeaf, replace, child(i))) as MapTree<S, T, U>;
  return Object.fromEntries(
    Object.entries(tree as object)
      .filter(([, branch]) => branch !== undefined)
      .map(([key, branch]) => [key, mapTree(branch as Tree<T>, isLeaf, replace, child(key))]),
  ) as MapTree<S, T, U>;
}
