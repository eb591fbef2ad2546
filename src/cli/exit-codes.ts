/** What a command ends with. */
export const DONE = 0
export const FAILED = 1
/** The command line or the configuration cannot be used. */
export const MISUSED = 2
/** Ctrl-C, as shells count it. */
export const INTERRUPTED = 130
