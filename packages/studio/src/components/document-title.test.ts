import { expect, test } from "vitest";
import { documentTitle } from "./document-title.ts";

const document = (id: string, title: string, name: string) => ({ id, title, name, createdAt: `2031-05-0${id}` });
const date = (iso: string) => iso;

test("documents of one title are told apart by their file's name, of one name by the day they were added", () => {
  const all = [document("1", "Report", "a.pdf"), document("2", "Report", "b.pdf"), document("3", "", "c.pdf")];
  expect(all.map((one) => documentTitle(one, all, date))).toEqual(["Report · a.pdf", "Report · b.pdf", "c.pdf"]);
  const twins = [document("1", "", "a.pdf"), document("2", "", "a.pdf")];
  expect(twins.map((one) => documentTitle(one, twins, date))).toEqual(["a.pdf · 2031-05-01", "a.pdf · 2031-05-02"]);
});
