/**
 * The sources of a backbone's ImageNet weights: a file that the user names, a Python package of the
 * project, or a download.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { downloadBar } from "./download-bar";
import type { RemoteWeights } from "./fetch";
import { hasSha256 } from "./file-check";
import { readPyTorch } from "./pytorch";
import { readSafetensors } from "./safetensors";
import type { WeightMap } from "./weight-map";
import { cacheFolder } from "../util/cache-folder";
import { fetchWeights, type FetchOptions } from "./weights-cache";

const BYTES_PER_MEGABYTE = 1e6;

/** Thrown when weights are not available; its message says how to provide them. */
export class WeightsUnavailableError extends Error {
  readonly name = "WeightsUnavailableError";
}

/**
 * How weights are found. Downloads show a progress bar on stderr, unless there is an `onProgress`.
 */
export interface WeightSourceOptions extends FetchOptions {
  /** Environment variables in place of those of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A way to get a weights file. */
export interface WeightSource {
  /** Environment variable with the path of a file (`.pth` or `.safetensors`) to use instead. */
  readonly variable: string;
  /**
   * The path of the weights file. It may be downloaded at first use.
   * @throws WeightsUnavailableError when the file is not available
   */
  locate(options?: WeightSourceOptions): Promise<string>;
}

/**
 * The tensors of a weights file: safetensors if its name ends like that, otherwise PyTorch.
 * @throws when it cannot be read; the message names the file
 */
export function readWeights(path: string): Promise<WeightMap> {
  return path.endsWith(".safetensors") ? readSafetensors(path) : readPyTorch(path);
}

/** The file of the environment variable; null if the variable is not set. */
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

/** Weights in a Python package, which `npm run setup` installs. */
export function pythonPackageWeights(source: {
  /** Name of the network, for messages. */
  readonly title: string;
  readonly variable: string;
  readonly pythonPackage: string;
  /** Path below the folder of Python packages, with forward slashes. */
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

/** Weights that are downloaded at first use, and kept in the cache folder. */
export function downloadedWeights(source: {
  /** Name of the network, for messages. */
  readonly title: string;
  readonly variable: string;
  readonly remote: RemoteWeights;
  /** Another file with the same weights, for messages. */
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
            `Do one of these:\n` +
            `- download ${remote.url} (${(remote.bytes / BYTES_PER_MEGABYTE).toFixed(1)} MB) on any machine and put it at ${cached};\n` +
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
 * The folder with the project's package.json. The real path is used, because notebooks import this
 * file through a symbolic link.
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
 * Folders in which the project's virtual environment may have its packages. On Windows it is one
 * folder, on other systems its name contains the version of Python.
 */
function sitePackages(project: string): string[] {
  const library = join(project, ".venv", "lib");
  const versions = existsSync(library)
    ? readdirSync(library).filter((name) => name.startsWith("python"))
    : [];
  const folders = versions.map((version) => join(library, version, "site-packages"));
  return [...folders, join(project, ".venv", "Lib", "site-packages")];
}
