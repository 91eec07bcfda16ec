/** A worker of data-parallel training: computes gradients of the micro-batches it is sent. Started by `WorkerPool`. */
import { LoamError } from "@loam/core";
import { compileGradients, type GradientSource } from "../steps/gradients.ts";
import { openBase } from "../steps/prepare.ts";
import { lossOptionsOf } from "../steps/train-loss.ts";
import { type FromWorker, gradsFd, paramsFd, type ToWorker } from "./messages.ts";
import { TensorExchange } from "./tensor-exchange.ts";

const send = (message: FromWorker): void => void process.send!(message);

let opened: { base: Awaited<ReturnType<typeof openBase>>; open: Extract<ToWorker, { kind: "open" }> } | undefined;
let compiled: { gradients: GradientSource; params: TensorExchange; grads: TensorExchange } | undefined;

async function answer(message: ToWorker): Promise<FromWorker> {
  switch (message.kind) {
    case "open":
      opened = { base: await openBase(message.recipe), open: message };
      return { kind: "opened" };
    case "compile": {
      const { base, open } = opened!;
      const { recipe, threads } = open;
      await compiled?.gradients.close();
      const gradients = await compileGradients(base.base, base.method, message.config, message.shapes, {
        ...lossOptionsOf(recipe),
        packed: recipe.data.packing !== false,
        device: recipe.device,
        threads,
        onMicroBatch: (done) => send({ kind: "progress", done }),
      });
      const params = new TensorExchange(paramsFd, message.shapes);
      compiled = { gradients, params, grads: new TensorExchange(gradsFd, message.gradShapes) };
      return { kind: "compiled" };
    }
    case "gradients": {
      const { gradients, params, grads } = compiled!;
      const result = await gradients.sum(params.read(), message.micro);
      grads.write(result.grads);
      return { kind: "gradients", loss: result.loss };
    }
  }
}

let queue = Promise.resolve();
process.on("message", (message: ToWorker) => {
  queue = queue
    .then(() => answer(message))
    .then(send, (error: Error) => {
      const { code, details } = error instanceof LoamError ? error : { code: "worker_failed", details: {} };
      send({ kind: "error", code, message: error.message, details });
    });
});
// Without its trainer a worker has nothing to do.
process.on("disconnect", () => process.exit());
