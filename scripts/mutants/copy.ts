import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** A copy of the repository's files to change at will, on the installed packages of the original. */
export function copyRepository(root: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  for (const file of files.split("\0").filter((file) => file !== "" && existsSync(join(root, file)))) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    copyFileSync(join(root, file), join(target, file));
  }
  const folders = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  for (const folder of ["", ...folders])
    linkModules(join(root, folder, "node_modules"), join(target, folder, "node_modules"));
  // The workspace's own packages are those of the copy.
  const own = join(target, "node_modules/@loam");
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  for (const folder of folders)
    symlinkSync(relative(own, join(target, folder)), join(own, folder.slice("packages/".length)));
}

function linkModules(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (!existsSync(join(to, name))) symlinkSync(join(from, name), join(to, name));
}
