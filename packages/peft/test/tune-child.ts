/** Runs a recipe given as JSON; with a second argument it kills itself, without any warning, after that many steps. */
import { tune } from "../src/index.ts";

const [recipe, killAfter] = process.argv.slice(2);
let steps = 0;
await tune(JSON.parse(recipe!), {
  recorder: {
    metrics: (_, values) => {
      if (values["train/loss"] !== undefined && ++steps === Number(killAfter)) process.kill(process.pid, "SIGKILL");
    },
  },
});
