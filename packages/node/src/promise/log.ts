/** The log of a promise client: one callback, or nothing. `FtpPromise` is the public module. */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"

/**
 * One line of the log. `"Trace"` lines are the dialogue with the server, secrets masked.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogLine {
  readonly level: LogLevel.LogLevel["_tag"]
  readonly message: string
  readonly at: Date
}

/**
 * Who gets the lines of the log.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogOptions {
  /** Called with every line of the log, the dialogue included. It must not throw, nor return a promise that is rejected. Default: nothing is logged. */
  readonly onLog?: ((line: LogLine) => void) | undefined
}

/** Every line to `onLog`, and to nothing else. */
export const logTo = (onLog: LogOptions["onLog"]): Layer.Layer<never> =>
  onLog === undefined
    ? Logger.minimumLogLevel(LogLevel.None)
    : Layer.mergeAll(
        Logger.minimumLogLevel(LogLevel.All),
        // A call that fails rejects: that is its caller's to log.
        Layer.setUnhandledErrorLogLevel(Option.none()),
        Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ date, logLevel, message }) =>
            onLog({
              level: logLevel._tag,
              message: Array.isArray(message) ? message.join(" ") : String(message),
              at: date
            })
          )
        )
      )
