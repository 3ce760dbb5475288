/** The options that JupyterLab is started with: only this machine can reach it, and it uses no network. */

/** How `labArguments` starts JupyterLab. */
export interface LabOptions {
  /** The folder that JupyterLab shows. */
  readonly notebooks: string;
  /** The options after `npm run lab --`. */
  readonly options: readonly string[];
  /** Whether the user is root, which JupyterLab refuses without a flag. */
  readonly isRoot: boolean;
}

/**
 * The arguments after `python`. The user's options come last and therefore override the others.
 * All of them override a JupyterLab configuration in the user's home, which may be meant for a
 * shared server.
 */
export function labArguments({ notebooks, options, isRoot }: LabOptions): string[] {
  return [
    ...["-m", "jupyterlab", "--notebook-dir", notebooks],
    // JupyterLab makes a new token at each start; every request needs it.
    "--ip=127.0.0.1",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    // The list of extensions would come from PyPI, and an installed extension would not be in the
    // lock file.
    "--LabApp.extension_manager=readonly",
    // In a container the user is often root.
    ...(isRoot ? ["--allow-root"] : []),
    ...options,
  ];
}
