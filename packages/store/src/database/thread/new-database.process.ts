import { openFolder } from "./durable-folder.ts";

/** Writes a new database into the folder named on the command line, and tells the process that asked what went wrong. */
const orphaned = () => process.exit(1);
process.once("disconnect", orphaned);
try {
  await (await openFolder(process.argv[2]!, "disk")).close();
} catch (error) {
  process.send!({ message: String((error as Error).message) });
  process.exitCode = 1;
}
process.off("disconnect", orphaned);
process.disconnect();
