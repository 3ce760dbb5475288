/** A Jupyter kernel for tests: it gets cells, and its messages come back. */
import { ChildProcessWithoutNullStreams, spawn } from "child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { createInterface } from "readline";

export const ROOT = join(__dirname, "..", "..");
export const PYTHON = join(ROOT, ".venv", "bin", "python");

/** The kernel that set-up installs. */
export const INSTALLED = "tslab";
/** tslab without the patches of this project. */
export const STOCK = "stock-tslab";

/** One message from the kernel: a stream, a display or an update of one. */
export interface Output {
  readonly type: "stream" | "display_data" | "update_display_data" | "execute_input" | "error";
  readonly name?: "stdout" | "stderr";
  readonly text?: string;
  readonly data?: Record<string, unknown>;
  readonly transient?: { display_id?: string };
}

export interface CellResult {
  readonly status: "ok" | "error" | "abort";
  readonly outputs: readonly Output[];
  /** All text of each stream. */
  readonly stdout: string;
  readonly stderr: string;
}

type Answer =
  | { kind: "ready" }
  | { kind: "output"; output: Output }
  | { kind: "done"; status: CellResult["status"]; outputs: Output[] };

export class Kernel {
  private waiting: {
    resolve: (answer: Answer) => void;
    onOutput?: (output: Output) => void;
  } | null = null;
  private log = "";

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly specs: string,
  ) {}

  /** Starts a kernel in `folder`, the folder of its notebooks. The caller stops it. */
  static async start(name: string, folder: string): Promise<Kernel> {
    const specs = mkdtempSync(join(tmpdir(), "kernels-"));
    const stock = join(specs, "kernels", STOCK);
    mkdirSync(stock, { recursive: true });
    const argv = [
      process.execPath,
      join(ROOT, "node_modules", "tslab", "bin", "tslab"),
      "kernel",
      "--config-path={connection_file}",
    ];
    writeFileSync(
      join(stock, "kernel.json"),
      JSON.stringify({ argv, display_name: STOCK, language: "typescript" }),
    );
    const child = spawn(PYTHON, [join(__dirname, "kernel_client.py"), name, folder], {
      env: { ...process.env, JUPYTER_PATH: specs },
    });
    const kernel = new Kernel(child, specs);
    child.stderr.on("data", (chunk: Buffer) => (kernel.log += chunk.toString()));
    createInterface({ input: child.stdout }).on("line", (line) =>
      kernel.receive(JSON.parse(line) as Answer),
    );
    await kernel.next();
    return kernel;
  }

  /** Runs one cell; `onOutput` gets each message when it arrives. */
  async run(code: string, onOutput?: (output: Output) => void): Promise<CellResult> {
    this.ask({ kind: "execute", code });
    const answer = await this.next(onOutput);
    if (answer.kind !== "done") throw new Error(`the kernel answered '${answer.kind}' to a cell`);
    const { status, outputs } = answer;
    const written = (name: string) =>
      outputs.flatMap((output) => (output.name === name ? [output.text] : [])).join("");
    return { status, outputs, stdout: written("stdout"), stderr: written("stderr") };
  }

  /** Presses the stop button. */
  interrupt(): void {
    this.ask({ kind: "interrupt" });
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.child.on("close", done));
    this.child.stdin.end();
    await ended;
    rmSync(this.specs, { recursive: true });
  }

  private ask(request: object): void {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  private next(onOutput?: (output: Output) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`the kernel ended:\n${this.log}`));
      this.child.once("close", ended);
      this.waiting = {
        resolve: (answer) => {
          this.child.removeListener("close", ended);
          resolve(answer);
        },
        onOutput,
      };
    });
  }

  private receive(answer: Answer): void {
    if (answer.kind === "output") return this.waiting?.onOutput?.(answer.output);
    this.waiting?.resolve(answer);
  }
}
