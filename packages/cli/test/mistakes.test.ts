/** Mistakes on the command line, and servers that are none, or bad ones. */
import { createServer } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { jsonLines, run, serve } from "./support/cli.ts"

const root = { "a.txt": "a\n" }

describe("usage errors and bad servers end in one line, a hint and an exit code", () => {
  it.live.each([
    [["ls", "ftp://127.0.0.1:1/"], 3, "connection refused"],
    [["ls", "ftp://no-such-host.invalid/"], 3, "no such host"],
    [["ls", "ftp://127.0.0.1/a%0D%0ADELE%20b"], 2, "CR, LF or NUL"],
    [["ls", "ftp://127.0.0.1/a\r\nDELE b"], 2, "not an FTP URL"],
    [["ls", "http://127.0.0.1/"], 2, "not an FTP URL"],
    [["ls", "ftp://u:s3cr/et@127.0.0.1/"], 2, 'hint: if a "/" is part of the password, write it %2F (and "%" as %25)'],
    [["mirror", ".", "ftp://u:s3cr/et@127.0.0.1/"], 2, 'hint: if a "/" is part of the password, write it %2F'],
    [["ls", "ftp://127.0.0.1:x/a"], 2, "hint: it looks like ftp://user@host/path"],
    [["ls", "ftps://127.0.0.1:1/"], 3, "connection refused"],
    [["get", "--limit-rate", "0", "ftp://h/a"], 2, '--limit-rate: "0" is not a number of bytes in a second'],
    [["ls"], 2, "a URL is missing"],
    [["ls", "ftp.example.com/pub"], 2, "did you mean ftp://ftp.example.com/pub?"],
    [["ls", "sftp://h/"], 2, "SFTP is another protocol"],
    [["get", "-P", "0", "ftp://h/a"], 2, '--parallel: "0" is not a whole number from 1 to 64'],
    [["get", "a", "b"], 2, '"a" is not a URL'],
    [["get", "dir"], 2, "a URL is missing"],
    [["put", "a"], 2, "put needs a URL"],
    [["mirror", "dist", "ann@host:www"], 2, "hint: it looks like ftp://user@host/path"],
    [["mirror", "dist", "ftp.example.com/www"], 2, "hint: did you mean ftp://ftp.example.com/www? For two folders"],
    [["mirror", "a", "b", "ftp://h/c"], 2, "mirror takes one source and one target"],
    [["put", "-", "ftp://h/a"], 2, "put has no source -"],
    [["put", "ftp://h/a"], 2, "put needs a file"],
    [["ls", "ftp://h/a", "ftp://g/b"], 2, "not on the same server"],
    [["demo", "ftp://h/a"], 2, "demo takes no arguments"],
    [["nonsense"], 2, "there is no command"],
    [["serve", "/no/such/folder"], 1, "no such directory"],
    [["serve", "--user", "ann", "."], 2, "needs a password"]
  ] as const)("%j", ([words, code, expected]) =>
    Effect.gen(function* () {
      const ran = yield* run(words)
      expect(ran).toMatchObject({ code, out: "" })
      expect(ran.error).toContain(expected)
      expect(
        ran.error
          .trimEnd()
          .split("\n")
          .filter((line) => !line.startsWith("  hint: "))
      ).toHaveLength(1)
      const [line] = jsonLines((yield* run([...words, "--json"])).error)
      expect(line).toMatchObject({ kind: "error", exitCode: code })
    })
  )

  const saying = (greeting: string) =>
    Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((socket) => {
          socket.on("error", () => {})
          socket.end(greeting)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ).pipe(
      Effect.map((server) => {
        const address = server.address()
        return `ftp://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`
      })
    )

  it.scopedLive("a server that accepts a connection and stays silent is tried once", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root })
      yield* server.fault({ _tag: "Silence", verb: "CONNECT", times: Number.POSITIVE_INFINITY })
      const began = Date.now()
      const ran = yield* run(["ls", "--timeout", "1", url])
      expect(ran).toMatchObject({ code: 3, error: expect.stringContaining("accepted the connection and said nothing") })
      expect(Date.now() - began).toBeLessThan(2000)
    })
  )

  it.scopedLive("a server that speaks SSH, HTTP or an endless line ends the command with exit code 9", () =>
    Effect.gen(function* () {
      const ssh = yield* run(["ls", "--timeout", "2", yield* saying("SSH-2.0-OpenSSH_9.2p1\r\n")])
      expect(ssh.code).toBe(9)
      expect(ssh.error).toContain("that is an SSH server")
      const endless = yield* run(["ls", "--timeout", "2", yield* saying("x".repeat(200_000))])
      expect(endless.code).toBe(9)
      const http = yield* run(["ls", "--timeout", "2", yield* saying("HTTP/1.1 400 Bad Request\r\n\r\n")])
      expect(http.code).toBe(9)
      expect(http.error).toContain("that is a web server")
    })
  )

  it.scopedLive("a server that goes silent ends the command within --timeout", () =>
    Effect.gen(function* () {
      const { server, url } = yield* serve({ root })
      // A server that is silent at MLSD alone is asked for LIST.
      yield* server.fault({ _tag: "Silence", verb: ["MLSD", "LIST"], times: Number.POSITIVE_INFINITY })
      const began = Date.now()
      const ran = yield* run(["ls", "--timeout", "0.5", url])
      expect([3, 10]).toContain(ran.code)
      expect(Date.now() - began).toBeLessThan(10_000)
    })
  )
})
