/**
 * What goes wrong in the command itself, beside the library's errors.
 */
import * as Data from "effect/Data"

/**
 * A usage error (exit code 2), a failure of the command itself (1), a name on the server that is taken and not to be
 * replaced (11), or a certificate that is not trusted (12).
 */
export class CliError extends Data.TaggedError("CliError")<{
  readonly kind: "Usage" | "Failed" | "Exists" | "Untrusted"
  readonly message: string
  readonly hint?: string | undefined
}> {}

/** The reader of our output is gone: nothing can be said to it. */
export class OutputClosed extends Data.TaggedError("OutputClosed") {}

/** Some of the work failed, and has been reported. `mayPass` if the same may work later: the server was away. */
export class Incomplete extends Data.TaggedError("Incomplete")<{
  readonly code: number
  readonly mayPass?: boolean | undefined
}> {}

/** A usage error. */
export const usage = (message: string, hint?: string): CliError => new CliError({ kind: "Usage", message, hint })
