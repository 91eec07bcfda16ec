/** Records five points in the store whose options it is given, prints the run's id and waits to be killed. */
import { openStore } from "@loam/store";
import { storeRecorder } from "../src/index.ts";

const store = await openStore(JSON.parse(process.argv[2]!));
const recorder = storeRecorder(store);
await recorder.start({ name: "killed", params: {} });
for (let step = 1; step <= 5; step++) recorder.metrics(step, { loss: step });
await recorder.flush();
console.log(recorder.id);
setInterval(() => {}, 1000);
