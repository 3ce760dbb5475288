/**
 * How the time of many equal tasks falls with the nodes that share them: a calculation from measured
 * times of single tasks, for docs/cluster.md.
 */
import { axis, COLORS, type Figure, figure } from "../../src/plots/figure";

/** Many equal tasks, and what they need. */
export interface Workload {
  readonly name: string;
  readonly tasks: number;
  /** Of one task on a node with 2 cores, the start of its process included. */
  readonly minutesPerTask: number;
  /** What all tasks together read from and write to the shared disk. */
  readonly gigabytes: number;
  /** What the command does by itself: it lists the inputs and joins the results. */
  readonly minutesOfCommand: number;
}

const SECONDS = 60;
const BYTES_PER_GB = 1e9;
/** Bytes per second of NFS over 1 Gbit/s. */
const DISK_SPEED = 110e6;
/** A task loads Node, TensorFlow and the detector. */
const START_SECONDS = 5;

/** 5 folds x 10 seeds of the preset `default` on 296 slices: see docs/configuration.md. */
const TRAINING: Workload = {
  name: "5 folds x 10 seeds: 50 trainings",
  tasks: 50,
  minutesPerTask: 4.8,
  // 14 epochs; in each a checkpoint of 44 MB and two files of weights of 11 MB.
  gigabytes: (50 * 14 * (44 + 2 * 11)) / 1000,
  minutesOfCommand: 0,
};

const SLICES = 100_000;
const SLICES_PER_TASK = 500;
/** From bench/load.md, drawing included. */
const SLICES_PER_SECOND = 6.8;
/** A slice of 0.5 MB is read; its picture of 0.06 MB is written, and read when it is moved. */
const MEGABYTES_PER_SLICE = 0.5 + 2 * 0.06;
/** Measured with 5,000 files: 0.1 ms to list one, 1.1 ms to move its picture. */
const COMMAND_SECONDS_PER_SLICE = 0.0012;

const DETECTION: Workload = {
  name: "detection in 100,000 slices: 200 parts",
  tasks: SLICES / SLICES_PER_TASK,
  minutesPerTask: (SLICES_PER_TASK / SLICES_PER_SECOND + START_SECONDS) / SECONDS,
  gigabytes: (SLICES * MEGABYTES_PER_SLICE) / 1000,
  minutesOfCommand: (SLICES * COMMAND_SECONDS_PER_SLICE) / SECONDS,
};

/** The workloads of the picture and of the table. */
export const WORKLOADS: readonly Workload[] = [TRAINING, DETECTION];

/** The numbers of nodes of the table. */
export const TABLE_NODES: readonly number[] = [1, 2, 5, 10, 25, 50, 100];

/** Nodes of the curves. */
const MAX_NODES = 100;

/** The least time in which the shared disk reads and writes everything. */
export function diskMinutes({ gigabytes }: Workload): number {
  return (gigabytes * BYTES_PER_GB) / DISK_SPEED / SECONDS;
}

/** The time of all tasks on a number of nodes, each of which runs one task at a time. */
export function clusterMinutes(workload: Workload, nodes: number): number {
  const { tasks, minutesPerTask, minutesOfCommand } = workload;
  const computing = Math.ceil(tasks / nodes) * minutesPerTask;
  return Math.max(computing, diskMinutes(workload)) + minutesOfCommand;
}

/** The curves of time against nodes; dotted: what the disk and the command need in any case. */
export function clusterFigure(): Figure {
  const nodes = Array.from({ length: MAX_NODES }, (_, i) => i + 1);
  const colors = [COLORS.blue, COLORS.orange];
  const traces = WORKLOADS.flatMap((workload, i) => [
    {
      type: "scatter",
      mode: "lines",
      name: workload.name,
      x: nodes,
      y: nodes.map((count) => clusterMinutes(workload, count)),
      line: { color: colors[i], width: 2, shape: "hv" },
    },
    {
      type: "scatter",
      mode: "lines",
      name: "its shared disk and its command",
      x: [1, MAX_NODES],
      y: Array<number>(2).fill(diskMinutes(workload) + workload.minutesOfCommand),
      line: { color: colors[i], width: 1, dash: "dot" },
    },
  ]);
  return figure(traces, "Calculated time against nodes", {
    xaxis: axis("nodes with 2 cores, one task each", { type: "log", tickvals: [...TABLE_NODES] }),
    yaxis: axis("minutes", { type: "log", tickvals: [5, 10, 20, 50, 100, 200] }),
    height: 420,
    showlegend: true,
    legend: { x: 1, xanchor: "right", y: 1, yanchor: "top" },
  });
}
