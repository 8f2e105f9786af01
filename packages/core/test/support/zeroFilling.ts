/** Files in memory that lose what was before the offset when they are opened at one, and have zeros there instead. */
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"

export const zeroFilling = (tree: FtpTestServer.Tree): Effect.Effect<FtpTestServer.FileStore> =>
  Effect.map(FtpTestServer.memory(tree), (store) => ({
    ...store,
    openWriter: (path, from) =>
      typeof from === "number"
        ? Effect.flatMap(store.openWriter(path, "Truncate"), (writer) =>
            Effect.as(writer.write(new Uint8Array(from)), writer)
          )
        : store.openWriter(path, from)
  }))
