/**
 * A JupyterLab and a browser for tests: a folder with the layout of the project, a server for it,
 * and a page with one of its notebooks.
 */
import { ChildProcess, spawn } from "child_process";
import { randomBytes } from "crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "fs";
import { tmpdir } from "os";
import { delimiter, join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { Browser, chromium, Page } from "playwright-core";

const ROOT = join(__dirname, "..", "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

const BROWSERS = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
];
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser in `CHROME_PATH`, or the first Chrome or Chromium on the path, or null. */
export function findBrowser(): string | null {
  const { CHROME_PATH, PATH = "" } = process.env;
  if (CHROME_PATH) return CHROME_PATH;
  const candidates = BROWSERS.flatMap((name) =>
    PATH.split(delimiter).map((folder) => join(folder, name)),
  );
  return candidates.find((path) => existsSync(path)) ?? null;
}

/** The text of a notebook file with these cells. */
export function notebookText(cells: readonly string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "tslab", display_name: "TypeScript", language: "typescript" } },
    cells: cells.map((source, i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  });
}

/** A cell of an open notebook. */
export interface LabCell {
  readonly cell_type: string;
  readonly source: string;
  readonly execution_count: number | null;
  readonly outputs?: readonly {
    output_type: string;
    name?: string;
    text?: string | string[];
    data?: Record<string, unknown>;
  }[];
}

export class Lab {
  private constructor(
    private readonly folder: string,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Starts a server and a browser; the caller closes both. `notebooks` are texts by file name. */
  static async start(
    browserPath: string,
    notebooks: Readonly<Record<string, string>>,
  ): Promise<Lab> {
    const folder = mkdtempSync(join(tmpdir(), "jupyterlab-"));
    for (const entry of ["package.json", "node_modules", "data", "src", "tests"])
      if (existsSync(join(ROOT, entry))) symlinkSync(join(ROOT, entry), join(folder, entry));
    const notebookFolder = join(folder, "notebooks");
    mkdirSync(notebookFolder);
    for (const entry of ["src", "tests"])
      symlinkSync(join("..", entry), join(notebookFolder, entry));
    for (const [name, text] of Object.entries(notebooks))
      writeFileSync(join(notebookFolder, name), text);

    const runtime = join(folder, "runtime");
    const token = randomBytes(16).toString("hex");
    const parameters = [
      "--no-browser",
      "--allow-root",
      "--ip=127.0.0.1",
      "--ServerApp.port=0",
      `--IdentityProvider.token=${token}`,
      `--ServerApp.root_dir=${notebookFolder}`,
      "--LabApp.expose_app_in_browser=True",
      "--LabApp.news_url=",
      "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ];
    const env = {
      ...process.env,
      JUPYTER_RUNTIME_DIR: runtime,
      JUPYTER_CONFIG_DIR: join(folder, "config"),
      JUPYTERLAB_SETTINGS_DIR: join(folder, "settings"),
      JUPYTERLAB_WORKSPACES_DIR: join(folder, "workspaces"),
    };
    const server = spawn(PYTHON, ["-m", "jupyterlab", ...parameters], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    server.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const browser = await chromium.launch({ executablePath: browserPath, args: FLAGS });
    for (;;) {
      const manifest =
        existsSync(runtime) &&
        readdirSync(runtime).find((file) => /^jpserver-\d+\.json$/.test(file));
      // The server writes its address to a file, which may be incomplete at first.
      const url = manifest ? serverUrl(readFileSync(join(runtime, manifest), "utf8")) : null;
      if (url) return new Lab(folder, server, browser, url, token);
      if (server.exitCode !== null) {
        await browser.close();
        throw new Error(`JupyterLab ended:\n${log}`);
      }
      await sleep(100);
    }
  }

  /** Opens a notebook in a page of its own and waits for its kernel. */
  async open(notebook: string): Promise<NotebookPage> {
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 1100 } });
    page.setDefaultTimeout(0);
    await page.goto(`${this.url}lab/tree/${notebook}?token=${this.token}&reset`);
    const opened = new NotebookPage(page);
    await opened.waitFor("the kernel", () => {
      const lab = (globalThis as unknown as LabWindow).jupyterapp;
      return lab?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle";
    });
    return opened;
  }

  async close(): Promise<void> {
    await this.browser.close();
    const ended = new Promise((done) => this.server.on("close", done));
    this.server.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The parts of JupyterLab that scripts of the page can use. */
export interface LabWindow {
  readonly jupyterapp?: {
    readonly commands: { execute(command: string, parameters?: object): Promise<unknown> };
    readonly shell: {
      readonly currentWidget?: {
        readonly sessionContext?: {
          readonly session?: { readonly kernel?: { readonly status: string } };
        };
        readonly content: {
          activeCellIndex: number;
          readonly model: { toJSON(): { cells: LabCell[] } };
        };
      };
    };
  };
}

export class NotebookPage {
  constructor(readonly page: Page) {}

  /** Runs a command of JupyterLab, such as `notebook:run-all-cells`. */
  async command(name: string, parameters: object = {}): Promise<void> {
    await this.page.evaluate(
      ([command, values]) => {
        // Without waiting: a command that runs cells ends with the last cell.
        void (globalThis as unknown as LabWindow).jupyterapp!.commands.execute(
          command as string,
          values as object,
        );
      },
      [name, parameters],
    );
  }

  async cells(): Promise<LabCell[]> {
    return this.page.evaluate(
      () =>
        (globalThis as unknown as LabWindow).jupyterapp!.shell.currentWidget!.content.model.toJSON()
          .cells,
    );
  }

  /** All text that cell `index` has written to a stream. */
  async written(index: number, name: "stdout" | "stderr"): Promise<string> {
    const { outputs = [] } = (await this.cells())[index];
    return outputs.flatMap((output) => (output.name === name ? [output.text].flat() : [])).join("");
  }

  /** Runs every cell and waits until the last has ended. */
  async runAll(): Promise<void> {
    await this.command("notebook:run-all-cells");
    await this.waitForCells((cells) =>
      cells.every(
        ({ cell_type, source, execution_count }) =>
          cell_type !== "code" || !source.trim() || execution_count,
      ),
    );
  }

  /**
   * Waits until `ready` accepts the cells.
   * @throws when one of them fails meanwhile
   */
  async waitForCells(ready: (cells: LabCell[]) => unknown): Promise<void> {
    for (;;) {
      const cells = await this.cells();
      const failure = cells
        .flatMap(({ outputs = [] }) => outputs)
        .find(({ name }) => name === "stderr");
      if (failure) throw new Error(`a cell failed: ${[failure.text].flat().join("")}`);
      if (ready(cells)) return;
      await sleep(100);
    }
  }

  /** Starts one cell. */
  async runCell(index: number): Promise<void> {
    await this.page.evaluate((cell) => {
      (
        globalThis as unknown as LabWindow
      ).jupyterapp!.shell.currentWidget!.content.activeCellIndex = cell;
    }, index);
    await this.command("notebook:run-cell");
  }

  /** The stop button in the notebook's toolbar. */
  async stop(): Promise<void> {
    await this.page.locator('[data-command="notebook:interrupt-kernel"]').first().click();
  }

  /** Waits until a function that runs in the page returns true. */
  async waitFor(what: string, inPage: () => boolean): Promise<void> {
    await this.page.waitForFunction(inPage).catch((error: unknown) => {
      throw new Error(`waited for ${what}: ${String(error)}`);
    });
  }
}

function serverUrl(manifest: string): string | null {
  try {
    return (JSON.parse(manifest) as { url: string }).url;
  } catch {
    return null;
  }
}
