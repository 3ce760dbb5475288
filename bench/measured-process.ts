/**
 * A process that runs one side of a case on request. Requests and answers are lines of JSON on its
 * standard input and output.
 */
import { ChildProcessWithoutNullStreams, spawn } from "child_process";
import { createInterface } from "readline";

/** Runs iterations, or ends the process. */
export type Request = { readonly iterations: number } | { readonly end: true };

/** The answer to a request; `ready` and `done` come without one. */
export type Answer =
  | { readonly done: true }
  | {
      readonly ready: true;
      readonly versions: Readonly<Record<string, string>>;
      readonly threads?: number | null;
    }
  | { readonly milliseconds: readonly number[] }
  | { readonly peakMiB: number; readonly tensors?: number };

/** A program to start. */
export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** Lines that are shown of the log of a failed process. */
const LOG_LINES = 30;

/** One side of a case. */
export class MeasuredProcess {
  private log = "";
  private readonly answers: Answer[] = [];
  private wake: () => void = () => undefined;
  private ended = false;
  private ending = "no exit status yet";

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    child.stderr.on("data", (chunk: Buffer) => (this.log += chunk.toString()));
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      if (line.startsWith("{")) this.answers.push(JSON.parse(line) as Answer);
      else this.log += `${line}\n`;
      this.wake();
    });
    child.on("error", (error) => (this.log += error.message));
    child.on(
      "exit",
      (code, signal) => (this.ending = signal ? `killed by ${signal}` : `exit status ${code}`),
    );
    // When the output has been read to its end, no further answer can come.
    lines.on("close", () => {
      this.ended = true;
      this.wake();
    });
    // A process that ended early has closed its input. Its log has the error to show.
    child.stdin.on("error", () => undefined);
  }

  /** Starts a process; `ask` waits for its answers. */
  static start(name: string, { program, parameters, environment }: Command): MeasuredProcess {
    const child = spawn(program, [...parameters], { env: { ...process.env, ...environment } });
    return new MeasuredProcess(name, child);
  }

  /**
   * Sends a request and waits for the next answer.
   * @param request nothing is sent without one
   * @throws with the log of the process, when it ends instead
   */
  async ask(request?: Request): Promise<Answer> {
    if (request) this.child.stdin.write(`${JSON.stringify(request)}\n`);
    while (!this.answers.length) {
      if (this.ended) {
        const last = this.log.trim().split("\n").slice(-LOG_LINES).join("\n");
        throw new Error(`${this.name} ended without an answer (${this.ending}):\n${last}`);
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.answers.shift()!;
  }

  /** Ends the process. */
  stop(): void {
    this.child.kill();
  }
}
