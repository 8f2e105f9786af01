/** On the real file system, as no other has links that lead out; so these tests take real time. */

import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as MemoryTransport from "@ftp-effect/core/testing/MemoryTransport"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ListingText from "../../support/listingText.ts"
import { download, login, upload } from "../../support/rawClient.ts"

const over = Effect.provide(Layer.merge(MemoryTransport.layer, NodeContext.layer))

/** A folder to be served, and beside it one that must never be reached. */
const served = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const top = yield* files.makeTempDirectoryScoped()
  const root = `${top}/root`
  yield* files.makeDirectory(`${root}/sub`, { recursive: true })
  yield* files.makeDirectory(`${top}/root-beside`)
  yield* files.writeFileString(`${top}/root-beside/secret`, "secret")
  yield* files.writeFileString(`${root}/a`, "hello")
  const server = yield* FtpTestServer.make({ root: yield* FtpTestServer.folder(root) })
  return { files, top, root, server, client: yield* login(server) }
})

describe("a folder as the root", () => {
  it.scopedLive("is read and written", () =>
    Effect.gen(function* () {
      const { client, files, root } = yield* served
      assert.strictEqual((yield* download(client, "RETR a")).text, "hello")
      yield* client.ask("REST 2")
      assert.strictEqual((yield* download(client, "RETR a")).text, "llo")
      assert.match((yield* upload(client, "STOR sub/new", "0123456789")).final, /^226 /)
      yield* client.ask("REST 2")
      yield* upload(client, "STOR sub/new", "xy")
      yield* upload(client, "APPE sub/new", "!")
      assert.strictEqual(yield* files.readFileString(`${root}/sub/new`), "01xy456789!")
      yield* upload(client, "STOR sub/new", "short")
      assert.strictEqual(yield* files.readFileString(`${root}/sub/new`), "short")
      assert.strictEqual(yield* client.ask("SIZE sub/new"), "213 5")
      assert.match(yield* client.ask("MFMT 20240506070809 a"), /^213 /)
      assert.strictEqual(yield* client.ask("MDTM a"), "213 20240506070809")
      assert.match(yield* client.ask("SITE CHMOD 600 a"), /^200 /)
      assert.match(yield* client.ask("MLST a"), /UNIX\.mode=0600;/)
      assert.match(yield* client.ask("MKD d"), /^257 /)
      assert.strictEqual(yield* client.ask("MKD d"), "550 d: File exists")
      assert.strictEqual(yield* client.ask("RMD sub"), "550 sub: Directory not empty")
      assert.strictEqual(yield* client.ask("DELE sub"), "550 sub: Is a directory")
      assert.match(yield* client.ask("RMD d"), /^250 /)
      assert.match(yield* client.ask("RNFR a"), /^350 /)
      assert.match(yield* client.ask("RNTO sub/b"), /^250 /)
      assert.match(yield* client.ask("DELE sub/b"), /^250 /)
      assert.strictEqual(yield* client.ask("RETR a"), "550 a: No such file or directory")
      assert.strictEqual(yield* client.ask("CWD sub/new"), "550 sub/new: Not a directory")
      assert.strictEqual(yield* client.ask("RETR sub"), "550 sub: Not a regular file")
    }).pipe(over)
  )

  it.scopedLive("takes text, the type that a session begins with", () =>
    Effect.gen(function* () {
      const { client, files, root } = yield* served
      yield* client.ask("TYPE A")
      assert.match((yield* upload(client, "STOR text", "one\r\ntwo\r")).final, /^226 /)
      assert.strictEqual(yield* files.readFileString(`${root}/text`), "one\ntwo\r")
    }).pipe(over)
  )

  it.scopedLive("lets no client make a program that runs as the user of the server", () =>
    Effect.gen(function* () {
      const { client, files, root } = yield* served
      assert.match(yield* client.ask("SITE CHMOD 6755 a"), /^200 /)
      assert.strictEqual((yield* files.stat(`${root}/a`)).mode & 0o7777, 0o755)
    }).pipe(over)
  )

  it.scopedLive("removes no directory into which a file comes meanwhile", () =>
    Effect.gen(function* () {
      const { files, root } = yield* served
      // A file that another process makes right after the first look.
      const busy = {
        ...files,
        readDirectory: (path: string) =>
          Effect.tap(files.readDirectory(path), () =>
            path.endsWith("/sub") ? files.writeFileString(`${path}/new`, "new") : Effect.void
          )
      }
      const store = yield* Effect.provideService(FtpTestServer.folder(root), FileSystem.FileSystem, busy)
      const client = yield* login(yield* FtpTestServer.make({ root: store }))
      assert.strictEqual(yield* client.ask("RMD sub"), "550 sub: Directory not empty")
      assert.strictEqual(yield* files.readFileString(`${root}/sub/new`), "new")
    }).pipe(over)
  )

  it.scopedLive("sends and takes files of many chunks", () =>
    Effect.gen(function* () {
      const { client, files, root } = yield* served
      const content = Uint8Array.from({ length: 3 * 1024 * 1024 + 17 }, (_, index) => index % 251)
      yield* files.writeFile(`${root}/big`, content)
      const { text } = yield* download(client, "RETR big")
      assert.isTrue(Buffer.from(text, "latin1").equals(content))
      yield* upload(client, "STOR copy", text)
      assert.isTrue(Buffer.from(yield* files.readFile(`${root}/copy`)).equals(content))
      assert.strictEqual((yield* download(client, "RETR sub/../a")).text, "hello")
    }).pipe(over)
  )

  it.scopedLive("is never left, by .. or by links; those within are followed", () =>
    Effect.gen(function* () {
      const { client, files, root, top } = yield* served
      yield* files.symlink("../root-beside", `${root}/out`)
      yield* files.symlink("../root-beside/secret", `${root}/file`)
      yield* files.symlink("../root-beside/made", `${root}/dangling`)
      yield* files.symlink("sub", `${root}/in`)
      yield* files.writeFileString(`${root}/sub/x`, "inside")
      assert.strictEqual((yield* download(client, "RETR in/x")).text, "inside")
      for (const path of ["../root-beside/secret", "/../root-beside/secret", "out/secret", "file", "dangling"]) {
        assert.match(yield* client.ask(`RETR ${path}`), /^550 /, path)
        assert.match(yield* client.ask(`SIZE ${path}`), /^550 /, path)
      }
      for (const path of ["out/made", "dangling", "file"]) {
        assert.match(yield* client.ask(`STOR ${path}`), /^550 /, path)
      }
      assert.match(yield* client.ask("CWD out"), /^550 /)
      assert.match(yield* client.ask("MLSD out"), /^550 /)
      assert.match(yield* client.ask("MKD out/d"), /^550 /)
      assert.match(yield* client.ask("DELE out/secret"), /^550 /)
      assert.match(yield* client.ask("SITE CHMOD 777 file"), /^550 /)
      assert.match(yield* client.ask("MFMT 20240506070809 file"), /^550 /)
      yield* client.ask("RNFR a")
      assert.match(yield* client.ask("RNTO out/a"), /^550 /)
      assert.match(yield* client.ask("RETR a\u0000b"), /^553 /)
      assert.deepStrictEqual(yield* files.readDirectory(`${top}/root-beside`), ["secret"])
      // The link itself is ours to remove; what it points to is not.
      assert.match(yield* client.ask("DELE file"), /^250 /)
      assert.strictEqual(yield* files.readFileString(`${top}/root-beside/secret`), "secret")
    }).pipe(over)
  )

  it.scopedLive("lists files, directories and links", () =>
    Effect.gen(function* () {
      const { client, files, root } = yield* served
      yield* files.symlink("sub", `${root}/link`)
      const { text } = yield* download(client, "MLSD")
      const { entries, unread } = ListingText.parseMlsd(text, { directory: "/", now: DateTime.unsafeMake(0) })
      assert.deepStrictEqual(unread, [])
      assert.deepStrictEqual(entries.map(({ name, type }) => `${name} ${type}`).sort(), [
        "a File",
        "link SymbolicLink",
        "sub Directory"
      ])
      assert.match((yield* download(client, "LIST")).text, /^lrwxrwxrwx .* link -> sub\r$/m)
    }).pipe(over)
  )

  it.scopedLive("must exist", () =>
    Effect.gen(function* () {
      const { root } = yield* served
      assert.strictEqual((yield* Effect.flip(FtpTestServer.folder(`${root}/nope`))).reason, "NotFound")
      assert.strictEqual((yield* Effect.flip(FtpTestServer.folder(`${root}/a`))).reason, "NotADirectory")
    }).pipe(over)
  )
})
