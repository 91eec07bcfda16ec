export { askOperation } from "./ask.ts";
export { searchOperation } from "./search.ts";
