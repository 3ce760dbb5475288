/** Calls `work` once when the parent process is gone. */
export function whenParentEnds(parent: number, work: () => void): void;
/** Ends this process, as SIGTERM does, when its parent process is gone. */
export function endWithParent(parent?: number): void;
