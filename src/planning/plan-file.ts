/** The name of the file with a plan. It is apart, so that a command can use it without TensorFlow. */

/** The file with the plan in a run folder. */
export const PLAN_FILE = "plan.json";
