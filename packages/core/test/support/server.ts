/** The embedded server in the context: the faults it is given, the commands it received, the files it holds. */
import type { Fault } from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"

export const withFault = (...faults: ReadonlyArray<Fault>) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) => Effect.forEach(faults, server.fault, { discard: true }))

/** All command lines so far, secrets masked. */
export const commands = Effect.flatMap(FtpTestServer.FtpTestServer, (server) => server.commands)

export const commandsLike = (pattern: RegExp) =>
  Effect.map(commands, (lines) => lines.filter((line) => pattern.test(line)))

export const connections = Effect.flatMap(FtpTestServer.FtpTestServer, (server) => server.connections)

/** A file's content as text. */
export const textOnServer = (path: string) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, (server) =>
    Effect.map(server.read(path), (bytes) => new TextDecoder().decode(bytes))
  )

/** The data connection breaks after so many bytes of the verb's transfer. */
export const cut = (verb: string, afterBytes: number, more: Partial<Fault> = {}): Fault =>
  ({ _tag: "DropData", verb, afterBytes, ...more }) as Fault
