import { expect, test } from "vitest";
import { askedPage } from "./asked-page.ts";

test.each([
  ["What is on page iii?", "iii", true],
  ["What does page 12 contain?", "12", true],
  ["What is said on page 3 about weirs?", "3", false],
  ["What is on the last page?", "last", true],
  ["第 7 页讲了什么？", "7", true],
  ["第一页上写了什么？", "first", true],
])("%s asks for page %s", (question, label, isWhole) => {
  expect(askedPage(question)).toMatchObject({ label, isWhole });
});

test.each(["论文第一页是什么？", "How many pages does it have?", "Who turned the page in 1911?"])(
  "%s names no page",
  (question) => {
    expect(askedPage(question)).toBeUndefined();
  },
);
