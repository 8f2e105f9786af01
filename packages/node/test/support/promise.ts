/** Servers and promise clients for programs without Effect; what a test opens is closed after it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as FtpPromise from "@ftp-effect/node/FtpPromise"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterEach, expect } from "vitest"

export const MIB = 1024 * 1024
export const MAY = new Date("2024-05-06T07:08:09Z")
export const BIG = new Uint8Array(8 * MIB).map((_, index) => index % 251)

export interface Server {
  readonly url: string
  readonly commands: () => Promise<ReadonlyArray<string>>
  readonly connections: () => Promise<{ readonly current: number; readonly total: number; readonly transfers: number }>
  readonly fault: (fault: FtpTestServer.Fault) => Promise<void>
  readonly text: (path: string) => Promise<string>
  readonly reset: () => Promise<void>
}

const closers: Array<() => Promise<void>> = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close()
  }
})

export const serve = async (options: FtpTestServer.Options = {}): Promise<Server> => {
  const scope = Effect.runSync(Scope.make())
  closers.push(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const server = await FtpTestServer.make({
    users: { ann: "secret" },
    root: {
      "a.txt": { content: "hello", modified: MAY },
      "pub/b.txt": "b",
      "pub/deep/c.txt": "c",
      "big.bin": { content: BIG }
    },
    ...options
  }).pipe(Scope.extend(scope), Effect.provide(NodeFtpTransport.layer), Effect.runPromise)
  return {
    url: `ftp://ann:secret@127.0.0.1:${server.address.port}`,
    commands: () => Effect.runPromise(server.commands),
    connections: () => Effect.runPromise(server.connections),
    fault: (fault) => Effect.runPromise(server.fault(fault)),
    text: async (path) => new TextDecoder().decode(await Effect.runPromise(server.read(path))),
    reset: () => Effect.runPromise(server.resetConnections)
  }
}

export const connect = async (to: string | FtpPromise.ConnectOptions): Promise<FtpPromise.Client> => {
  const client = await FtpPromise.connect(to)
  closers.push(client.close)
  return client
}

export const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "ftp-effect-"))
  closers.push(async () => rmSync(path, { recursive: true }))
  return path
}

export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => expect.fail(`resolved with ${String(value)}`),
    (error: unknown) => error
  )

/** Array.fromAsync, which Node 20 has not. */
export const collect = async <A>(values: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for await (const value of values) {
    all.push(value)
  }
  return all
}

export const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await collect(chunks))

export const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length

export const eventually = async (condition: () => boolean | Promise<boolean>, limit = 3000): Promise<void> => {
  for (const until = Date.now() + limit; !(await condition()); ) {
    if (Date.now() > until) {
      expect.fail(`not within ${limit} ms: ${condition}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
