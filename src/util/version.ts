/** The name and version of this project, as run folders record them. */

/** Equals the name and version in package.json. */
export const PROJECT_VERSION = "faster-rcnn-notebooks 0.1.0";
