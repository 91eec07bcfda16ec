import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { argument, type CommandGroup, command, text } from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

const build = command({
  name: "build",
  summary: "Make one HTML file of a report: Markdown with live blocks",
  description: "A file of Markdown, or the id of a report of the Studio. The HTML runs nothing and fetches nothing.",
  args: { report: argument("a Markdown file, or the id of a report") },
  options: { out: text("the file to write; beside the Markdown when left out", { value: "file" }) },
  examples: [["report build week.md --out week.html", "charts, tables and numbers as they stand now"]],
  run: async ({ report, out, home }, io) => {
    const { getReport, reportToHtml } = await import("@loam/observe");
    await using workspace = await openStoreOf(home);
    const isId = /^report_[0-9a-z]{24}$/.test(report);
    const markdown = isId ? "" : await readFile(report, "utf8").catch(notThere(report));
    const title = /^#\s+(.+)$/m.exec(markdown)?.[1] ?? basename(report).replace(/\.md$/, "");
    const html = await reportToHtml(
      workspace.store,
      isId ? await getReport(workspace.store, report) : { title, markdown: markdown.replace(/^#\s+.+\n?/, "") },
    );
    const file = out ?? (isId ? `${report}.html` : `${report.replace(/\.md$/, "")}.html`);
    await writeFile(file, html);
    const failed = html.match(/class="failed"/g)?.length ?? 0;
    io.result({ out: file, failedBlocks: failed }, () => `${file} is written.`);
    if (failed > 0) io.note(`${failed} of its blocks could not be made; the file says why.`);
  },
});

function notThere(path: string) {
  return async (cause: unknown): Promise<never> => {
    const { NotFoundError } = await import("@loam/core");
    throw new NotFoundError("file", path, { cause });
  };
}

export const reportGroup: CommandGroup = {
  name: "report",
  summary: "Reports with live blocks",
  commands: [build],
};
