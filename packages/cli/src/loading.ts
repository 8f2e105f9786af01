/**
 * Errors have no stacks while the command loads. Effect reads one of its own as it is loaded, and for that V8 would parse
 * the whole bundle, which takes more than all other modules of Effect. It is imported first.
 */
const limit = Error.stackTraceLimit
Error.stackTraceLimit = 0

/** To be called once all is loaded. */
export const end = (): void => {
  Error.stackTraceLimit = limit
}
