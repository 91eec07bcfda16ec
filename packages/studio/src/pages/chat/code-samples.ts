import type { ChatRequest } from "./request.ts";

export const sampleLanguages = ["python", "typescript", "curl"] as const;
export type SampleLanguage = (typeof sampleLanguages)[number];

/** A request as a program: runs as it stands against this server. */
export function toCode(language: SampleLanguage, request: ChatRequest, origin: string): string {
  switch (language) {
    case "python":
      return [
        "from openai import OpenAI",
        "",
        `client = OpenAI(base_url="${origin}/v1", api_key="none")`,
        "answer = client.chat.completions.create(",
        ...Object.entries(request).map(([name, value]) => `    ${name}=${toPython(value, 4)},`),
        ")",
        "print(answer.choices[0].message)",
      ].join("\n");
    case "typescript":
      return [
        'import OpenAI from "openai";',
        "",
        `const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "none" });`,
        `const answer = await client.chat.completions.create(${JSON.stringify(request, null, 2)});`,
        "console.log(answer.choices[0].message);",
      ].join("\n");
    case "curl":
      // Within single quotes a quote is ended, written, and begun again.
      return [
        `curl ${origin}/v1/chat/completions \\`,
        "  -H 'content-type: application/json' \\",
        `  -d '${JSON.stringify(request, null, 2).replaceAll("'", "'\\''")}'`,
      ].join("\n");
  }
}

/** JSON as Python writes it. */
function toPython(value: unknown, indent: number): string {
  const inner = " ".repeat(indent + 4);
  const end = " ".repeat(indent);
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value))
    return value.length === 0
      ? "[]"
      : `[\n${value.map((item) => `${inner}${toPython(item, indent + 4)},\n`).join("")}${end}]`;
  if (typeof value === "object") {
    const fields = Object.entries(value).filter(([, item]) => item !== undefined);
    if (fields.length === 0) return "{}";
    return `{\n${fields.map(([name, item]) => `${inner}${JSON.stringify(name)}: ${toPython(item, indent + 4)},\n`).join("")}${end}}`;
  }
  return JSON.stringify(value);
}
