/** Data connections that something stands in front of, as TLS does, and a control connection without. */
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** `onData` is what happens to each data connection when it is up. */
export const layer = (onData: FtpSecurity.Protection["onData"]) =>
  Layer.mergeAll(
    Layer.effect(
      FtpSecurity.FtpSecurity,
      Effect.map(FtpSecurity.FtpSecurity, (plain) => ({
        protect: (host) => Effect.map(plain.protect(host), (protection) => ({ ...protection, onData }))
      }))
    ).pipe(Layer.provide(FtpSecurity.layerPlain)),
    FtpDataChannel.layerPassive
  ).pipe(Layer.provideMerge(MemoryTransport.layer))
