/**
 * What every `FtpTransport` must do, run over each of them. Sockets live in real time, so all of it runs on the live
 * clock; limits of time are in the memory transport's own test.
 */
import { FtpTransport } from "@ftp-effect/core/FtpTransport"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
export interface SuiteOptions<R> {
  /** How many bytes may sit between a writer and a reader that does not read. */
  readonly mostBuffered: number
  /** A name that stands for 127.0.0.1 and ::1. */
  readonly bothFamilies: string
  /** Fails unless every socket and listener is closed. */
  readonly nothingOpen: Effect.Effect<void, never, R>
}
export declare const transportSuite: <R, E>(
  name: string,
  layer: Layer.Layer<FtpTransport | R, E>,
  options: SuiteOptions<R>
) => void
//# sourceMappingURL=transportSuite.d.ts.map
