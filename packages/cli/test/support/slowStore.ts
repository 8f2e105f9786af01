/** A store that hands out its files slowly, so that there is time to look at a transfer, or to end it. */
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Some bytes each pause, on real time. */
export const make = (
  tree: FtpTestServer.Tree,
  pace: { readonly bytes: number; readonly pauseMillis: number }
): Effect.Effect<FtpTestServer.FileStore> =>
  Effect.map(FtpTestServer.memory(tree), (store) => ({
    ...store,
    openReader: (path, offset) =>
      Effect.map(store.openReader(path, offset), (reader) => {
        let waiting: Uint8Array = new Uint8Array(0)
        return {
          size: reader.size,
          pull: Effect.gen(function* () {
            if (waiting.byteLength === 0) {
              const next = yield* reader.pull
              if (Option.isNone(next)) {
                return Option.none()
              }
              waiting = next.value
            }
            yield* Effect.sleep(pace.pauseMillis)
            const bytes = waiting.subarray(0, pace.bytes)
            waiting = waiting.subarray(bytes.byteLength)
            return Option.some(bytes)
          })
        }
      })
  }))
