/** A server that answers SIZE of a directory with a number, and has no MLST. */
import { expect, it } from "@effect/vitest"
import * as FtpClient from "@ftp-effect/core/FtpClient"
import * as Effect from "effect/Effect"
import { layer } from "../support/embedded.ts"
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
