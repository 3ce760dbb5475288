/**
 * How JupyterLab is started: reachable from this machine alone, and asking nobody on the network
 * by itself.
 */

/**
 * The arguments after `python`. Those that the user gives come last, and win; the rest wins over a
 * configuration of JupyterLab in the user's home, which may be meant for a shared server.
 * @param notebooks the folder it shows
 * @param own as given after `npm run lab --`
 */
export function labArguments(notebooks: string, own: readonly string[], isRoot: boolean): string[] {
  return [
    ...["-m", "jupyterlab", "--notebook-dir", notebooks],
    // The token that every request needs is made anew at each start by JupyterLab itself.
    "--ip=127.0.0.1",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    // Its list of extensions would come from PyPI, and what it installs would not be in the lock
    // file.
    "--LabApp.extension_manager=readonly",
    // In a container one is often root, and JupyterLab asks whether that is meant.
    ...(isRoot ? ["--allow-root"] : []),
    ...own,
  ];
}
