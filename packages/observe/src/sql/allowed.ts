/** The kinds of nodes that a query may hold, each with the fields that it may have. */
export const allowedNodes: Record<string, readonly string[]> = {
  SelectStmt: [
    ...["distinctClause", "targetList", "fromClause", "whereClause", "groupClause", "groupDistinct", "havingClause"],
    ...["windowClause", "valuesLists", "sortClause", "limitOffset", "limitCount", "limitOption", "withClause"],
    ...["op", "all", "larg", "rarg"],
  ],
  WithClause: ["ctes", "recursive", "location"],
  CommonTableExpr: [
    ...["ctename", "aliascolnames", "ctematerialized", "ctequery", "location", "cterecursive", "ctecolnames"],
  ],
  ResTarget: ["name", "indirection", "val", "location"],
  RangeVar: ["relname", "schemaname", "catalogname", "inh", "relpersistence", "alias", "location"],
  RangeSubselect: ["lateral", "subquery", "alias"],
  RangeFunction: ["lateral", "ordinality", "is_rowsfrom", "functions", "alias"],
  JoinExpr: ["jointype", "isNatural", "larg", "rarg", "usingClause", "join_using_alias", "quals", "alias", "rtindex"],
  Alias: ["aliasname", "colnames"],
  ColumnRef: ["fields", "location"],
  A_Star: [],
  A_Const: ["ival", "fval", "boolval", "sval", "bsval", "isnull", "location", "val"],
  A_Expr: ["kind", "name", "lexpr", "rexpr", "rexpr_list_start", "rexpr_list_end", "location"],
  A_ArrayExpr: ["elements", "location", "list_start", "list_end"],
  A_Indirection: ["arg", "indirection"],
  A_Indices: ["is_slice", "lidx", "uidx"],
  BoolExpr: ["boolop", "args", "location"],
  NullTest: ["arg", "nulltesttype", "argisrow", "location"],
  BooleanTest: ["arg", "booltesttype", "location"],
  CaseExpr: ["casetype", "arg", "args", "defresult", "location"],
  CaseWhen: ["expr", "result", "location"],
  CoalesceExpr: ["args", "location"],
  MinMaxExpr: ["op", "args", "location"],
  RowExpr: ["args", "row_format", "location"],
  SubLink: ["subLinkType", "subLinkId", "testexpr", "operName", "subselect", "location"],
  FuncCall: [
    ...["funcname", "args", "agg_order", "agg_filter", "over", "agg_within_group", "agg_star", "agg_distinct"],
    ...["func_variadic", "funcformat", "location"],
  ],
  WindowDef: [
    ...["name", "refname", "partitionClause", "orderClause", "frameOptions", "startOffset", "endOffset", "location"],
  ],
  SortBy: ["node", "sortby_dir", "sortby_nulls", "useOp", "location"],
  GroupingSet: ["kind", "content", "location"],
  GroupingFunc: ["args", "refs", "agglevelsup", "location"],
  TypeCast: ["arg", "typeName", "location"],
  TypeName: ["names", "typmods", "typemod", "arrayBounds", "location"],
  SQLValueFunction: ["op", "typmod", "location"],
  List: ["items"],
  String: ["sval"],
  Integer: ["ival"],
  Float: ["fval"],
};

/** What a query may call: functions of their arguments alone, whose results are not much larger than these. */
export const allowedFunctions: ReadonlySet<string> = new Set(
  `count sum avg min max stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_slope
  regr_intercept regr_r2 bool_and bool_or every string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg
  percentile_cont percentile_disc mode rank dense_rank percent_rank cume_dist ntile row_number lag lead first_value
  last_value nth_value
  abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 power mod div greatest least width_bucket degrees
  radians sin cos tan asin acos atan atan2 pi
  length char_length octet_length lower upper initcap trim btrim ltrim rtrim left right substr substring position strpos
  replace translate split_part concat concat_ws reverse starts_with md5 ascii regexp_match regexp_matches regexp_replace
  regexp_count regexp_substr regexp_like regexp_split_to_array string_to_array array_to_string to_char to_number
  like_escape overlay
  now date_trunc date_part extract age date_bin to_timestamp make_date make_timestamptz make_interval to_date
  justify_hours justify_days justify_interval timezone isfinite
  jsonb_array_length json_array_length jsonb_array_elements jsonb_array_elements_text json_array_elements
  json_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys jsonb_typeof json_typeof jsonb_extract_path
  jsonb_extract_path_text json_extract_path json_extract_path_text jsonb_build_object jsonb_build_array json_build_object
  json_build_array to_json to_jsonb row_to_json jsonb_strip_nulls jsonb_path_query jsonb_path_exists jsonb_path_query_array
  jsonb_path_query_first
  array_length cardinality array_position unnest array_append array_cat array_remove generate_series coalesce nullif`
    .split(/\s+/)
    .filter((name) => name !== ""),
);

/** By which a value may be cast. None of those that look names up in the catalogue (`regclass`, `regproc`, …). */
export const allowedTypes: ReadonlySet<string> = new Set(
  `bool int2 int4 int8 float4 float8 numeric text varchar bpchar date time timetz timestamp timestamptz interval json jsonb
  uuid boolean integer bigint smallint real decimal unknown`.split(/\s+/),
);
