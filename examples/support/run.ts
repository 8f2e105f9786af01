/** Runs an example as a reader would: with the environment that it asks for, in a folder of its own. */
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import type { Address } from "@ftp-effect/core/FtpTransport"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const PASSWORD = "secret"

/** On TCP, for the user `ann`. */
export const server = (options: FtpTestServer.Options) =>
  FtpTestServer.layer({ users: { ann: PASSWORD }, ...options }).pipe(Layer.provide(NodeFtpTransport.layer))

export const urlOf = ({ host, port }: Address, scheme = "ftp"): string => `${scheme}://ann@${host}:${port}`

export interface Folder {
  readonly write: (path: string, text: string) => Effect.Effect<void>
  readonly read: (path: string) => Effect.Effect<string>
  readonly names: (path: string) => Effect.Effect<ReadonlyArray<string>>
}

/** An empty folder, which is the current one until the scope closes. */
export const folder = Effect.gen(function* () {
  const path = yield* Effect.acquireRelease(
    Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "example-"))),
    (path) => Effect.promise(() => Fs.rm(path, { recursive: true }))
  )
  const before = process.cwd()
  yield* Effect.acquireRelease(
    Effect.sync(() => process.chdir(path)),
    () => Effect.sync(() => process.chdir(before))
  )
  const made: Folder = {
    write: (name, text) =>
      Effect.promise(async () => {
        await Fs.mkdir(Path.dirname(Path.join(path, name)), { recursive: true })
        await Fs.writeFile(Path.join(path, name), text)
      }),
    read: (name) => Effect.promise(() => Fs.readFile(Path.join(path, name), "utf8")),
    names: (name) => Effect.promise(async () => (await Fs.readdir(Path.join(path, name))).sort())
  }
  return made
})

let loads = 0

/** An example is a module, and its program is what it does when it is loaded: each time under another name. */
export const load = (name: string) =>
  Effect.promise(() => {
    const module = `${fileURLToPath(new URL(`../${name}.ts`, import.meta.url))}?${loads++}`
    return import(module)
  })

/** Runs an example that needs a server. */
export const run = (name: string, environment: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const { address } = yield* FtpTestServer.FtpTestServer
    Object.assign(process.env, {
      FTP_URL: urlOf(address),
      FTP_HOST: address.host,
      FTP_PORT: String(address.port),
      FTP_PASSWORD: PASSWORD,
      ...environment
    })
    yield* load(name)
  })

/** The text of a file on the server. */
export const text = (path: string) =>
  Effect.flatMap(FtpTestServer.FtpTestServer, ({ read }) =>
    Effect.map(read(path), (bytes) => new TextDecoder().decode(bytes))
  )

/** All paths on the server, directories with a slash. */
export const paths = Effect.flatMap(FtpTestServer.FtpTestServer, ({ tree }) =>
  Effect.map(tree, (nodes) => nodes.map(({ path, type }) => (type === "Directory" ? `${path}/` : path)))
)
