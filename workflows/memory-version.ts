/** Schema of what a run hands to its continuation. */
export const MEMORY_VERSION = 1;
