/** A server that answers SIZE of a directory with a number, and has no MLST. */
import { expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as Effect from "effect/Effect"
import * as ServerCapabilities from "#core/base/serverCapabilities"
import { layer, services } from "../support/embedded.ts"
import { login, ready } from "../support/scripted.ts"
import { commandsLike } from "../support/server.ts"

const server = (directorySizes: boolean) =>
  layer({ server: { root: { "sub/a": "content", b: "" }, denied: ["MLST", "MLSD"], directorySizes } })

it.effect.each([true, false])("stat knows directories and files if SIZE of a directory is a number: %s", (sizes) =>
  Effect.gen(function* () {
    const client = yield* FtpClient.FtpClient
    expect(yield* client.stat("sub")).toMatchObject({ type: "Directory", size: { _tag: "None" } })
    expect(yield* client.stat("/sub/a")).toMatchObject({ type: "File", size: { value: 7 } })
    expect(yield* client.stat("b")).toMatchObject({ type: "File", size: { value: 0 } })
    expect((yield* commandsLike(/^SIZE \/$/)).length).toBe(1)
  }).pipe(Effect.provide(server(sizes)))
)

it.scoped("stat takes no directory for a file if the server ends the session at SIZE /, and learns nothing by it", () =>
  Effect.gen(function* () {
    const capabilities = ServerCapabilities.make()
    const script = yield* FtpScript.make(
      `${ready("SIZE")}
       C: SIZE sub
       C: MDTM sub
       S: 213 0
       S: 550 no
       C: SIZE /
       S: 421 bye`
    )
    const made = yield* login(script, undefined, capabilities)
    expect(yield* Effect.flip(made.stat("sub"))).toMatchObject({ _tag: "FtpConnectionLost", reason: "ServiceClosing" })
    expect(capabilities.get("SIZE of directory")).toBe("Unknown")
  }).pipe(Effect.provide(services))
)
