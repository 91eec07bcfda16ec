import { InputError } from "@loam/core";
import { type Document, DomHandler } from "domhandler";
import { Parser } from "htmlparser2";

/** Browsers stop at 512; what goes deeper than this was made to hurt. */
const deepest = 2000;

/** HTML or XML as a tree. @throws {InputError} `invalid_file` for elements nested more than 2,000 deep. */
export function parseTree(text: string, { xml }: { xml: boolean }): Document {
  const handler = new BoundedHandler();
  new Parser(handler, { xmlMode: xml, lowerCaseTags: !xml }).end(text);
  return handler.root;
}

class BoundedHandler extends DomHandler {
  #depth = 0;

  override onopentag(name: string, attributes: Record<string, string>): void {
    if (++this.#depth > deepest)
      throw new InputError("invalid_file", `Its elements are nested more than ${deepest} deep.`, {
        hint: "save it again",
      });
    super.onopentag(name, attributes);
  }

  override onclosetag(): void {
    this.#depth--;
    super.onclosetag();
  }
}
