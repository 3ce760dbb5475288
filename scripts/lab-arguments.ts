/**
 * The options and the environment that JupyterLab is started with: only this machine can reach it,
 * only with its token, and it uses no network.
 */
import { homedir } from "os";
import { delimiter, join } from "path";
import { ROOT } from "./command";

/** The Python modules that JupyterLab's menu "Save and Export Notebook As" uses. */
const EXPORTS = join(ROOT, "jupyter", "exports");

/** How `labArguments` starts JupyterLab. */
export interface LabOptions {
  /** The folder that JupyterLab shows. */
  readonly notebooks: string;
  /** The options after `npm run lab --`. */
  readonly options: readonly string[];
  /** Whether the user is root, which JupyterLab refuses without a flag. */
  readonly isRoot: boolean;
}

/** The arguments after `python`. The user's options come last and therefore override the others. */
export function labArguments({ notebooks, options, isRoot }: LabOptions): string[] {
  return [
    ...["-m", "jupyterlab", "--notebook-dir", notebooks],
    // JupyterLab makes a new token at each start; every request needs it.
    "--ip=127.0.0.1",
    // Without a configuration, JupyterLab loads no other extensions of its server.
    "--ServerApp.jpserver_extensions={'jupyter_lsp': True, 'jupyter_server_terminals': True}",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    // The list of extensions would come from PyPI, and an installed extension would not be in the
    // lock file.
    "--LabApp.extension_manager=readonly",
    "--MultiKernelManager.default_kernel_name=tslab",
    // An exported page keeps its plots interactive and loads nothing; an exported script runs.
    "--HTMLExporter.preprocessors=['interactive_plots.InteractivePlots']",
    "--ScriptExporter.preprocessors=['typescript_program.TypeScriptProgram']",
    // In a container the user is often root.
    ...(isRoot ? ["--allow-root"] : []),
    ...options,
  ];
}

/**
 * The environment of JupyterLab. It reads no configuration of the user or of the machine: that may
 * be meant for another server, without a token or open to all. The settings of the user interface,
 * such as its theme, stay those of the user.
 * @param environment of this process
 */
export function labEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { JUPYTER_CONFIG_DIR = join(homedir(), ".jupyter") } = environment;
  return {
    JUPYTERLAB_SETTINGS_DIR: join(JUPYTER_CONFIG_DIR, "lab", "user-settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(JUPYTER_CONFIG_DIR, "lab", "workspaces"),
    ...environment,
    JUPYTER_NO_CONFIG: "1",
    PYTHONPATH: [EXPORTS, environment.PYTHONPATH].filter(Boolean).join(delimiter),
  };
}
