import { foldHeader, InputError, NotFoundError } from "@loam/core";
import { type CatalogueField, catalogueFields } from "./catalogue-fields.ts";

/** Column names by field, as the file writes them. */
export type CatalogueColumns = Partial<Record<CatalogueField, string | readonly string[]>>;

/** The headers a field is known by, the surest first; case, spaces, hyphens and underscores do not count. */
const headers: Record<CatalogueField, readonly string[]> = {
  id: ["id", "bookid", "itemid", "isbn13", "isbn", "asin", "编号", "书号"],
  title: ["title", "booktitle", "name", "书名", "标题", "题名", "名称"],
  originalTitle: ["originaltitle", "subtitle", "原名", "原作名", "副标题"],
  authors: ["authors", "author", "bookauthor", "writer", "creator", "作者"],
  tags: [
    ..."tags tag keywords keyword genres genre subjects subject categories category shelves topics".split(" "),
    ..."标签 关键词 分类 类别 主题 题材".split(" "),
  ],
  description: ["description", "summary", "abstract", "blurb", "简介", "内容简介", "摘要", "描述"],
  language: ["language", "languagecode", "lang", "语言", "语种"],
  year: [
    ..."year originalpublicationyear publicationyear pubyear yearofpublication published publicationdate".split(" "),
    ..."年份 出版年 出版年份 出版时间".split(" "),
  ],
  rating: ["averagerating", "avgrating", "rating", "score", "评分"],
};

/**
 * Which columns hold which field: those given, and for the others the first header they are known by.
 *
 * @throws {NotFoundError} when a given column is not there.
 * @throws {InputError} `no_title_column`, listing the columns.
 */
export function mapColumns(
  columns: readonly string[],
  given: CatalogueColumns = {},
  { path = "the catalogue" }: { path?: string } = {},
): Record<CatalogueField, readonly string[]> {
  const byName = new Map(columns.map((column) => [foldHeader(column), column]));
  const listed = columns.map((column) => JSON.stringify(column)).join(", ");
  const mapped = {} as Record<CatalogueField, readonly string[]>;
  for (const field of catalogueFields) {
    const asked = given[field];
    if (asked === undefined) {
      const found = headers[field].flatMap((name) => byName.get(name) ?? []);
      mapped[field] = field === "tags" ? found : found.slice(0, 1);
      continue;
    }
    mapped[field] = typeof asked === "string" ? [asked] : asked;
    for (const column of mapped[field]) {
      if (columns.includes(column)) continue;
      throw new NotFoundError(`Column (${field})`, column, { known: columns, hint: `${path} has ${listed}` });
    }
  }
  if (mapped.title.length === 0) {
    throw new InputError("no_title_column", `${path} has no column of titles; its columns are ${listed}.`, {
      details: { path, columns },
      hint: "say which one it is: --column title=NAME on the command line, `columns: { title }` in code",
    });
  }
  return mapped;
}
