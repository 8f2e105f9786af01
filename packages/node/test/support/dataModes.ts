/** Both ways to open a data connection, under TLS that trusts our authority. */
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Certificates from "./Certificates.ts"
import { active, passive } from "./secured.ts"

export const { layerExplicit, layerImplicit } = FtpSecurity

export const trusting = Effect.map(Certificates.make, ({ authority }) => layerExplicit({ authorities: [authority] }))

export const dataModes = [
  ["passive", passive],
  ["active", active]
] as const

export const textOf = (bytes: Stream.Stream<Uint8Array, unknown>) =>
  Effect.map(Stream.runCollect(bytes), (chunks) => Buffer.concat([...chunks]).toString())
