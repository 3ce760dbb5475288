/**
 * Which part of the library's lines the tests run, for each folder of src. Node records the
 * coverage of every process, also of commands that tests start; c8 maps it to the TypeScript lines.
 */
import { spawnSync } from "child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, relative, sep } from "path";
import { pathToFileURL } from "url";
import { ROOT } from "./command";

const SOURCES = join(ROOT, "src");
const SUMMARY = "coverage-summary.json";

/** The file that Node writes for a process, as far as it matters here. */
interface ProcessCoverage {
  readonly result: readonly { readonly url: string }[];
  readonly "source-map-cache"?: Readonly<Record<string, unknown>>;
}

/** The numbers that c8 writes for each source file. */
type Summary = Readonly<
  Record<string, { readonly lines: { readonly total: number; readonly covered: number } }>
>;

/** Collects the coverage of processes in a temporary folder. */
export class Coverage {
  private readonly folder = mkdtempSync(join(tmpdir(), "coverage-"));

  /** The environment of the processes whose coverage is collected. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, NODE_V8_COVERAGE: this.folder };
  }

  /**
   * A table with the share of covered lines of each folder of src. The collected coverage is
   * removed.
   */
  table(): string {
    try {
      for (const name of readdirSync(this.folder)) keepSources(join(this.folder, name));
      return tableOf(linesByFolder(this.summary()));
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  private summary(): Summary {
    const reports = join(this.folder, "report");
    const c8 = join(ROOT, "node_modules", "c8", "bin", "c8.js");
    const parameters = [
      ...["report", "--temp-directory", this.folder, "--reports-dir", reports],
      ...["--reporter", "json-summary", "--all", "--src", SOURCES, "--include", "src/**/*.ts"],
      "--merge-async",
    ];
    const { status, stderr } = spawnSync(process.execPath, [c8, ...parameters], {
      cwd: ROOT,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`c8 failed:\n${stderr}`);
    return JSON.parse(readFileSync(join(reports, SUMMARY), "utf8")) as Summary;
  }
}

/**
 * Removes everything but the files of src from the coverage of a process: the packages make it
 * large. A process that was killed may have left half a file, which is removed.
 */
function keepSources(file: string): void {
  const prefix = pathToFileURL(SOURCES + sep).href;
  try {
    const coverage = JSON.parse(readFileSync(file, "utf8")) as ProcessCoverage;
    const maps = Object.entries(coverage["source-map-cache"] ?? {});
    const result = coverage.result.filter(({ url }) => url.startsWith(prefix));
    const ofSources = maps.filter(([url]) => url.startsWith(prefix));
    const remaining = { ...coverage, result, "source-map-cache": Object.fromEntries(ofSources) };
    writeFileSync(file, JSON.stringify(remaining));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    rmSync(file);
  }
}

/** Covered and total lines of each folder of src. Files beside the folders only export others. */
function linesByFolder(summary: Summary): Map<string, { covered: number; total: number }> {
  const folders = new Map<string, { covered: number; total: number }>();
  for (const [path, { lines }] of Object.entries(summary)) {
    const [folder, file] = relative(SOURCES, path).split(sep);
    if (path === "total" || file === undefined) continue;
    const { covered, total } = folders.get(folder) ?? { covered: 0, total: 0 };
    folders.set(folder, { covered: covered + lines.covered, total: total + lines.total });
  }
  return folders;
}

function tableOf(folders: ReadonlyMap<string, { covered: number; total: number }>): string {
  const rows = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = { covered: 0, total: 0 };
  for (const [, { covered, total }] of rows) {
    sum.covered += covered;
    sum.total += total;
  }
  const line = (name: string, { covered, total }: typeof sum) =>
    `  ${name.padEnd(14)} ${((100 * covered) / total).toFixed(1).padStart(5)} %`;
  return [
    "Lines of src that the tests run, without those of notebooks and browser:",
    ...rows.map(([name, lines]) => line(name, lines)),
    line("all", sum),
  ].join("\n");
}
