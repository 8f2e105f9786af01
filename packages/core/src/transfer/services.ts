/** What a transfer between a server and a local file works with. */
import * as Effect from "effect/Effect"
import { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"

export interface Services {
  readonly files: FtpLocalFile
  readonly pool: FtpPool
}

/** Those of the context. */
export const withServices = <A, E, R>(
  use: (services: Services) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | FtpPool | FtpLocalFile> =>
  Effect.flatMap(FtpLocalFile, (files) => Effect.flatMap(FtpPool, (pool) => use({ files, pool })))

export const provideServices = <A, E, R>(
  { files, pool }: Services,
  self: Effect.Effect<A, E, R | FtpPool | FtpLocalFile>
): Effect.Effect<A, E, Exclude<Exclude<R, FtpPool>, FtpLocalFile>> =>
  Effect.provideService(Effect.provideService(self, FtpPool, pool), FtpLocalFile, files)
