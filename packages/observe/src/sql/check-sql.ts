import { InputError } from "@loam/core";
import { allowedFunctions, allowedNodes, allowedTypes } from "./allowed.ts";
import { sqlViews } from "./views.ts";

type Node = Record<string, unknown>;

/** A statement is refused: by what it holds, and what may stand there instead. */
function refused(what: string, hint: string): InputError {
  return new InputError("sql_refused", `The query is refused: ${what}.`, {
    details: { name: "sql" },
    hint,
  });
}

const views = new Set(sqlViews.map(({ name }) => name));

/**
 * Lets through one statement that reads the documented views and nothing else of the database. It goes by a list of
 * what is allowed (kinds of nodes, functions, types, tables), applied to the tree that Postgres' own parser makes: what
 * is not on a list is refused, whether anybody has thought of it or not.
 *
 * @param tree as `libpg-query` gives it.
 * @returns the statement's own text, without what follows it.
 * @throws {InputError} `sql_refused`
 */
export function checkSqlTree(sql: string, tree: unknown): string {
  const statements = (tree as { stmts?: { stmt?: Node; stmt_location?: number; stmt_len?: number }[] }).stmts ?? [];
  if (statements.length === 0) throw refused("it is empty", "write `select … from traces`");
  if (statements.length > 1) throw refused("it holds more than one statement", "send them one by one");
  const { stmt, stmt_location: from = 0, stmt_len: length } = statements[0]!;
  const [kind] = Object.keys(stmt ?? {});
  if (kind !== "SelectStmt")
    throw refused(
      `it is no \`select\` (${kind?.replace(/Stmt$/, "").toLowerCase() ?? "nothing"})`,
      "only reading is allowed here",
    );
  walk(stmt!, new Set());
  const bytes = Buffer.from(sql);
  return bytes.subarray(from, length === undefined ? undefined : from + length).toString("utf8");
}

/** @param known names of `with` that may be read here. */
function walk(node: Node, known: ReadonlySet<string>): void {
  const kinds: [string, Node][] = Object.entries(node) as [string, Node][];
  for (const [kind, body] of kinds) checkNode(kind, body, known);
}

function checkNode(kind: string, body: Node, known: ReadonlySet<string>): void {
  const fields = Object.hasOwn(allowedNodes, kind) ? allowedNodes[kind]! : undefined;
  if (!fields)
    throw refused(`\`${kind}\` is not allowed`, "use plain `select`s over the views that `GET /api/sql/views` lists");
  let inside = known;
  if (kind === "SelectStmt") inside = withNames(body, known);
  if (kind === "RangeVar") checkTable(body, known);
  if (kind === "FuncCall") checkFunction(body);
  if (kind === "TypeName") checkType(body);
  if (kind === "A_Expr" || kind === "SubLink" || kind === "SortBy") checkOperator(body);
  if (
    kind === "SQLValueFunction" &&
    !/^SVFOP_(CURRENT_DATE|CURRENT_TIME|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP)/.test(String(body.op))
  )
    throw refused(`\`${String(body.op).replace("SVFOP_", "").toLowerCase()}\` is not allowed`, "leave it out");
  for (const [field, value] of Object.entries(body)) {
    if (!fields.includes(field)) throw refused(`\`${field}\` of \`${kind}\` is not allowed`, "leave it out");
    checkValue(kind, field, value, inside);
  }
}

/** Fields whose node is written without its kind, by the kind it has. */
const bare: Record<string, string> = {
  "SelectStmt.larg": "SelectStmt",
  "SelectStmt.rarg": "SelectStmt",
  "SelectStmt.withClause": "WithClause",
  "FuncCall.over": "WindowDef",
  "TypeCast.typeName": "TypeName",
  alias: "Alias",
};

function checkValue(kind: string, field: string, value: unknown, known: ReadonlySet<string>): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && item !== null) walk(item as Node, known);
    return;
  }
  const bareKind = bare[`${kind}.${field}`] ?? bare[field];
  if (bareKind) checkNode(bareKind, value as Node, known);
  else if (kind === "A_Const")
    return; // a number, a text, true or false
  else walk(value as Node, known);
}

function withNames(select: Node, known: ReadonlySet<string>): ReadonlySet<string> {
  const ctes = ((select.withClause as Node | undefined)?.ctes ?? []) as { CommonTableExpr?: { ctename?: string } }[];
  return ctes.length === 0 ? known : new Set([...known, ...ctes.map(({ CommonTableExpr: cte }) => cte?.ctename ?? "")]);
}

function checkTable({ relname, schemaname, catalogname }: Node, known: ReadonlySet<string>): void {
  const name = String(relname);
  if (schemaname !== undefined || catalogname !== undefined || !(views.has(name) || known.has(name)))
    throw refused(
      `there is no table ${JSON.stringify([catalogname, schemaname, name].filter(Boolean).join("."))} here`,
      `there are ${[...views].sort().join(", ")}`,
    );
}

function checkFunction({ funcname }: Node): void {
  const names = namesOf(funcname);
  const name = names.at(-1) ?? "";
  const isPlain = names.length === 1 || (names.length === 2 && names[0] === "pg_catalog");
  if (!isPlain || !allowedFunctions.has(name))
    throw refused(`the function \`${names.join(".")}\` is not allowed`, "`GET /api/sql/views` lists those that are");
}

function checkType({ names: given }: Node): void {
  const names = namesOf(given);
  const name = names.at(-1) ?? "";
  const isPlain = names.length === 1 || (names.length === 2 && names[0] === "pg_catalog");
  if (!isPlain || !allowedTypes.has(name))
    throw refused(`the type \`${names.join(".")}\` is not allowed`, `there are ${[...allowedTypes].sort().join(", ")}`);
}

/** Operators stand without a schema: one of somebody's own could be a function. */
function checkOperator(body: Node): void {
  for (const field of ["name", "operName", "useOp"])
    if (namesOf(body[field]).length > 1 && namesOf(body[field])[0] !== "pg_catalog")
      throw refused("operators of a schema are not allowed", "write the operator alone");
}

function namesOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return (list as { String?: { sval?: string } }[]).map((item) => item.String?.sval ?? "");
}
