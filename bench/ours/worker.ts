/**
 * Runs one case on this project's side.
 *
 *   worker.ts write NAME FOLDER   writes the common inputs and this side's results
 *   worker.ts run NAME FOLDER     warms up and then answers requests, which are lines of JSON:
 *                                 {"iterations": N} with the milliseconds of each iteration,
 *                                 {"end": true} with the peak memory
 */
import { createInterface } from "readline";
import { describeBackend, tf } from "../../src/tensor/tensorflow";
import { casesByName, Kind } from "../cases";
import type { Answer, Request } from "../measured-process";
import { readSetup } from "../exchange";
import { evaluation, suppression } from "./boxes";
import { dataLoading } from "./data-loading";
import { help } from "./help";
import { backbone, detection, trainingStep } from "./network";
import { opening, openingAgain } from "./opening";
import { originalWay } from "./original-way";
import type { OursCase } from "./ours-case";

const OURS: Readonly<Record<Exclude<Kind, "kernel-start">, OursCase>> = {
  backbone,
  "training-step": trainingStep,
  detection,
  opening,
  "opening-again": openingAgain,
  "data-loading": dataLoading,
  evaluation,
  nms: suppression,
  "original-way": originalWay,
  help,
};

async function work([mode, name, folder]: readonly string[]): Promise<void> {
  const [chosen] = casesByName([name]);
  if (chosen.kind === "kernel-start") throw new Error("kernel_start.py measures kernels");
  const ours = OURS[chosen.kind];
  if (mode === "write") {
    await ours.write(folder, chosen);
    return answer({ done: true });
  }
  const iteration = await ours.prepare(folder);
  const { warmUps } = await readSetup(folder);
  for (let i = 0; i < warmUps; i++) await iteration();
  answer({ ready: true, versions: { Node: process.versions.node, TensorFlow: describeBackend() } });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    if ("end" in request)
      return answer({
        peakMiB: process.resourceUsage().maxRSS / 1024,
        tensors: tf.memory().numTensors,
      });
    const milliseconds: number[] = [];
    for (let i = 0; i < request.iterations; i++) {
      const start = performance.now();
      await iteration();
      milliseconds.push(performance.now() - start);
    }
    answer({ milliseconds });
  }
}

function answer(message: Answer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

work(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.stack);
    process.exit(1);
  },
);
