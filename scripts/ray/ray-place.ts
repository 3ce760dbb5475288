/** Where the tasks of a command run, and what each reserves. */
import { describeBackend } from "../../src/tensor/tensorflow";
import { type RayOptions, rayResources } from "../ray-options";
import type { RunTasksOptions } from "./run-tasks";

/** The address and the resources that the options name. */
export function rayPlace(options: RayOptions): Pick<RunTasksOptions, "address" | "resources"> {
  return {
    address: typeof options.ray === "string" ? options.ray : null,
    resources: rayResources(options, describeBackend().endsWith("GPU")),
  };
}
