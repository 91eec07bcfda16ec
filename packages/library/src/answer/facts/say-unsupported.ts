import { monthName } from "./names.ts";
import type { Unsupported } from "./unsupported.ts";

/** What a sentence says and its evidence does not, in words: "1875 is not in the evidence". */
export function sayUnsupported(unsupported: Unsupported): string {
  switch (unsupported.kind) {
    case "number":
      return `${unsupported.value}${unsupported.unit ? ` ${unsupported.unit}` : ""} is not in the evidence`;
    case "month":
      return `${monthName(unsupported.month)} is not in the evidence`;
    case "name":
      return `“${unsupported.name}” is not in the evidence`;
    case "denial":
      return "the evidence says the opposite";
    case "quote":
      return `“${unsupported.quote}” is no quote of the evidence`;
    case "document":
      return `what is cited does not stand in ${unsupported.name}`;
    case "citation":
      return `there is no evidence ${unsupported.number}`;
    case "evidence":
      return `evidence ${unsupported.number} says something else`;
    case "uncited":
      return "no evidence is given";
  }
}
