import { InputError } from "@loam/core";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";

/** An object of the graph: its fields are values, or functions of the field's arguments. */
export type Node = { __typename?: string } & Record<string, unknown>;
type Resolver = (args: Record<string, unknown>) => unknown;

export interface GraphqlRequest {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

interface Context {
  variables: Record<string, unknown>;
  fragments: Map<string, FragmentDefinitionNode>;
  errors: { message: string; path: (string | number)[] }[];
}

const maxDepth = 40;

/**
 * Answers a GraphQL request without a schema: what clients ask for changes from version to version, and a field that
 * is not known below the root is null rather than a refusal, as it is for a server that is older than the client.
 *
 * @throws {InputError} when the text is no GraphQL.
 */
export async function execute(
  { query, variables = {}, operationName }: GraphqlRequest,
  roots: { query: Node; mutation: Node },
  check: (operation: "query" | "mutation") => void = () => {},
): Promise<{ data: Record<string, unknown> | null; errors?: Context["errors"] }> {
  let document: DocumentNode;
  try {
    document = parse(query, { noLocation: true, maxTokens: 20_000 });
  } catch (cause) {
    throw new InputError("invalid_graphql", `The query is no GraphQL: ${(cause as Error).message}`, {
      hint: "send a GraphQL document as `query`",
      cause,
    });
  }
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const operation = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0];
  if (!operation || operation.operation === "subscription")
    throw new InputError(
      "invalid_graphql",
      `There is no operation ${JSON.stringify(operationName ?? "")} in the query.`,
      { hint: "name one of the document, or leave `operationName` out" },
    );
  check(operation.operation);
  const context: Context = {
    variables: { ...defaultsOf(operation), ...variables },
    fragments: new Map(
      document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
    ),
    errors: [],
  };
  const root = roots[operation.operation];
  const data: Record<string, unknown> = {};
  // One after the other: mutations may depend on each other, and queries share one database.
  for (const [key, fields] of collect(root, operation.selectionSet, context)) {
    const { value: name } = fields[0]!.name;
    if (name !== "__typename" && !Object.hasOwn(root, name)) {
      context.errors.push({ message: `Cannot query field "${name}".`, path: [key] });
      data[key] = null;
      continue;
    }
    try {
      data[key] = await resolve(root, fields, context, [key]);
    } catch (error) {
      context.errors.push({ message: (error as Error).message, path: [key] });
      data[key] = null;
      if (!(error instanceof Error) || !("code" in error)) throw error;
    }
  }
  return { data, ...(context.errors.length > 0 ? { errors: context.errors } : {}) };
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, literal(defaultValue, {})]] : [],
    ),
  );
}

/** The fields of a selection by the names under which they are answered; fragments are taken in. */
function collect(
  node: Node,
  selectionSet: SelectionSetNode,
  context: Context,
  found = new Map<string, FieldNode[]>(),
  inside: readonly string[] = [],
): Map<string, FieldNode[]> {
  for (const selection of selectionSet.selections) {
    if (!isIncluded(selection.directives ?? [], context)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      found.set(key, [...(found.get(key) ?? []), selection]);
      continue;
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (fits(node, selection.typeCondition?.name.value))
        collect(node, selection.selectionSet, context, found, inside);
      continue;
    }
    const name = selection.name.value;
    const fragment = context.fragments.get(name);
    if (fragment && !inside.includes(name) && fits(node, fragment.typeCondition.name.value))
      collect(node, fragment.selectionSet, context, found, [...inside, name]);
  }
  return found;
}

/** Interfaces are not known here: only two different kinds of one thing exclude each other. */
const exclusive = new Set(["ArtifactSequence", "ArtifactPortfolio", "User", "Run"]);

function fits({ __typename }: Node, condition: string | undefined): boolean {
  return (
    !condition || !__typename || condition === __typename || !exclusive.has(condition) || !exclusive.has(__typename)
  );
}

function isIncluded(directives: NonNullable<FieldNode["directives"]>, { variables }: Context): boolean {
  return directives.every(({ name, arguments: args = [] }) => {
    const condition = args.find((arg) => arg.name.value === "if");
    const holds = condition ? literal(condition.value, variables) === true : true;
    return name.value === "include" ? holds : name.value === "skip" ? !holds : true;
  });
}

async function resolve(node: Node, fields: FieldNode[], context: Context, path: (string | number)[]): Promise<unknown> {
  const [field] = fields as [FieldNode];
  const name = field.name.value;
  const given = Object.hasOwn(node, name) ? node[name] : undefined;
  const args = Object.fromEntries(
    (field.arguments ?? []).map((arg) => [arg.name.value, literal(arg.value, context.variables)]),
  );
  const value = typeof given === "function" ? await (given as Resolver)(args) : given;
  return await complete(value, fields, context, path);
}

async function complete(
  value: unknown,
  fields: FieldNode[],
  context: Context,
  path: (string | number)[],
): Promise<unknown> {
  if (value === undefined || value === null) return null;
  if (path.length > maxDepth)
    throw new InputError("invalid_graphql", `The query is nested more than ${maxDepth} deep.`, {
      hint: "ask in several queries",
    });
  const selections = fields.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
  if (selections.length === 0) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const [i, item] of value.entries()) items.push(await complete(item, fields, context, [...path, i]));
    return items;
  }
  if (typeof value !== "object") return value;
  const merged = new Map<string, FieldNode[]>();
  for (const selection of selections) collect(value as Node, selection, context, merged);
  const result: Record<string, unknown> = {};
  for (const [key, inner] of merged) result[key] = await resolve(value as Node, inner, context, [...path, key]);
  return result;
}

function literal(value: ValueNode, variables: Record<string, unknown>): unknown {
  switch (value.kind) {
    case Kind.VARIABLE:
      return variables[value.name.value];
    case Kind.INT:
    case Kind.FLOAT:
      return Number(value.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return value.values.map((item) => literal(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(value.fields.map((field) => [field.name.value, literal(field.value, variables)]));
    default:
      return value.value;
  }
}

/** A page of a list as a connection: `{ edges: [{ node, cursor }], pageInfo }`. The cursor is the place in the list. */
export function connection<T>(
  items: readonly T[],
  { first, after }: { first?: unknown; after?: unknown },
  node: (item: T) => unknown,
  extra: (item: T) => Record<string, unknown> = () => ({}),
): Node {
  const from = typeof after === "string" && /^\d{1,9}$/.test(after) ? Number(after) : 0;
  const count = typeof first === "number" && first > 0 ? first : items.length;
  const page = items.slice(from, from + count);
  return {
    totalCount: items.length,
    edges: page.map((item, i) => ({ node: node(item), cursor: String(from + i + 1), ...extra(item) })),
    pageInfo: {
      __typename: "PageInfo",
      hasNextPage: from + page.length < items.length,
      endCursor: page.length > 0 ? String(from + page.length) : null,
    },
  };
}
