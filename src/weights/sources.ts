/**
 * Where a backbone's ImageNet weights come from: a file that the user names, the project's Python
 * packages, or a download.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { downloadBar } from "./download-bar";
import {
  cacheFolder,
  fetchWeights,
  hasSha256,
  type FetchOptions,
  type RemoteWeights,
} from "./fetch";
import { readPyTorch } from "./pytorch";
import { readSafetensors } from "./safetensors";
import type { WeightMap } from "./weight-map";

/** Thrown when weights are not available; its message says how to provide them. */
export class WeightsUnavailableError extends Error {
  readonly name = "WeightsUnavailableError";
}

/** Downloads show a progress bar on stderr, unless `onProgress` takes its place. */
export interface WeightSourceOptions extends FetchOptions {
  /** Instead of the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** How to get a weights file. */
export interface WeightSource {
  /** Environment variable that names a weights file (`.pth` or `.safetensors`) to use instead. */
  readonly variable: string;
  /**
   * The path of the weights file, which is downloaded at first use where needed.
   * @throws WeightsUnavailableError when the file is not available
   */
  locate(options?: WeightSourceOptions): Promise<string>;
}

/**
 * The tensors of a weights file: safetensors by its ending, PyTorch's otherwise. Throws as their
 * readers do.
 */
export function readWeights(path: string): Promise<WeightMap> {
  return path.endsWith(".safetensors") ? readSafetensors(path) : readPyTorch(path);
}

/** The file that the environment variable names; null when the variable is not set. */
function namedFile(
  variable: string,
  { environment = process.env }: WeightSourceOptions,
): string | null {
  const path = environment[variable];
  if (!path) return null;
  if (!existsSync(path))
    throw new WeightsUnavailableError(`${variable} says '${path}', and there is no such file`);
  return path;
}

/** Weights that a Python package holds, which the set-up installs. */
export function pythonPackageWeights(source: {
  /** The network, for people to read. */
  readonly title: string;
  readonly variable: string;
  readonly pythonPackage: string;
  /** Path below the folder of Python packages, with slashes. */
  readonly file: string;
  readonly sha256: string;
}): WeightSource {
  const { title, variable, pythonPackage, file, sha256 } = source;
  return {
    variable,
    async locate(options = {}) {
      const named = namedFile(variable, options);
      if (named) return named;
      const project = projectFolder();
      const path = sitePackages(project)
        .map((folder) => join(folder, ...file.split("/")))
        .find((candidate) => existsSync(candidate));
      if (!path) {
        throw new WeightsUnavailableError(
          `${title}'s weights are not installed in ${join(project, ".venv")}: run \`npm run setup\`, or set ` +
            `${variable} to the .pth file in the Python package ${pythonPackage}`,
        );
      }
      if (!(await hasSha256(path, sha256))) {
        throw new WeightsUnavailableError(
          `${path} is damaged: remove ${join(project, ".venv")} and run \`npm run setup\``,
        );
      }
      return path;
    },
  };
}

/** Weights that are downloaded at first use and kept in the cache folder. */
export function downloadedWeights(source: {
  /** The network, for people to read. */
  readonly title: string;
  readonly variable: string;
  readonly remote: RemoteWeights;
  /** Another file that holds the same weights, for people to read. */
  readonly alternative: string;
}): WeightSource {
  const { title, variable, remote, alternative } = source;
  return {
    variable,
    async locate(options = {}) {
      const named = namedFile(variable, options);
      if (named) return named;
      const bar = options.onProgress ? null : downloadBar();
      try {
        return await fetchWeights(remote, {
          ...options,
          onProgress: options.onProgress ?? bar?.onProgress,
        });
      } catch (error) {
        const cached = join(
          options.cacheFolder ?? cacheFolder(options.environment),
          remote.fileName,
        );
        throw new WeightsUnavailableError(
          `${title}'s ImageNet weights are not available: ${(error as Error).message}.\n` +
            `Any one of these helps:\n` +
            `- download ${remote.url} (${(remote.bytes / 1e6).toFixed(1)} MB) on any machine and put it at ${cached};\n` +
            `- set ${variable} to the path of that file, or of ${alternative};\n` +
            `- behind a proxy, set HTTPS_PROXY;\n` +
            `- choose the backbone 'efficientnet-lite0', whose weights are installed with the project.`,
          { cause: error },
        );
      } finally {
        bar?.stop();
      }
    },
  };
}

/**
 * The folder with the project's package.json. Notebooks reach this file through a symbolic link,
 * hence the real path.
 */
function projectFolder(): string {
  let folder = realpathSync(__dirname);
  while (!existsSync(join(folder, "package.json"))) {
    if (folder === dirname(folder))
      throw new Error(`no package.json above ${__dirname}: is the project complete?`);
    folder = dirname(folder);
  }
  return folder;
}

/**
 * Where the project's virtual environment keeps packages; Windows has one folder, elsewhere it is
 * named after Python's version.
 */
function sitePackages(project: string): string[] {
  const library = join(project, ".venv", "lib");
  const versions = existsSync(library)
    ? readdirSync(library).filter((name) => name.startsWith("python"))
    : [];
  const folders = versions.map((version) => join(library, version, "site-packages"));
  return [...folders, join(project, ".venv", "Lib", "site-packages")];
}
