import { spawnSync } from "node:child_process";
import { join } from "node:path";

/**
 * `npm run check:deploy`: the files of `deploy/` by their own programs' checks. A program that is not here is named and
 * passed over; the exit code is 1 when a check fails.
 */
const deploy = join(import.meta.dirname, "../deploy");
const secrets = { LOAM_TOKEN: "0123456789abcdef", POSTGRES_PASSWORD: "x", S3_SECRET: "0123456789" };
const checks: { what: string; program: string; args: string[]; isHere?: string[] }[] = [
  {
    what: "systemd units",
    program: "systemd-analyze",
    args: ["verify", "--man=no", join(deploy, "systemd/loam.service"), join(deploy, "systemd/loam-worker@.service")],
  },
  {
    what: "compose.yaml",
    program: "docker",
    args: ["compose", "-f", join(deploy, "compose.yaml"), "config", "--quiet"],
    isHere: ["compose", "version"],
  },
  { what: "Helm chart", program: "helm", args: ["lint", "--strict", join(deploy, "helm/loam")] },
  {
    what: "Helm chart as manifests",
    program: "helm",
    args: [
      "template",
      "loam",
      join(deploy, "helm/loam"),
      "--set",
      "ingress.enabled=true,ingress.hosts={loam.example.com}",
    ],
  },
];

let failed = 0;
for (const { what, program, args, isHere = ["--version"] } of checks) {
  const isThere = spawnSync(program, isHere, { encoding: "utf8" });
  // `helm --version` is none of its options, which it says by itself.
  if (isThere.error || (program === "docker" && isThere.status !== 0)) {
    console.log(
      `${what}: skipped, ${[program, ...(program === "docker" ? ["compose"] : [])].join(" ")} is not installed`,
    );
    continue;
  }
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...secrets },
  });
  console.log(`${what}: ${status === 0 ? "good" : `exit code ${status}`}`);
  if (status === 0 && program !== "systemd-analyze") continue;
  if (status !== 0 || stderr.trim() !== "") console.log(`${stdout}${stderr}`.trim());
  if (status !== 0) failed++;
}
process.exit(failed > 0 ? 1 : 0);
