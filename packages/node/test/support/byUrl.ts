/** A server for clients that are made by URL, and what they are asked. */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"

export const serve = (options: FtpTestServer.Options = {}) =>
  Effect.provide(
    FtpTestServer.make({ users: { ann: "secret", "b@b": "p/w" }, root: { "dir/a.txt": "hello" }, ...options }),
    NodeFtpTransport.layer
  )

export const names = Effect.flatMap(FtpClient, (client) =>
  Effect.map(client.list("dir"), (entries) => entries.map(({ name }) => name))
)
