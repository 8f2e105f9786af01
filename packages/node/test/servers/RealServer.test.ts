/**
 * The real servers themselves, over plain sockets: whether the suites that use them stand on firm ground.
 */
import * as fs from "node:fs"
import * as net from "node:net"
import * as tls from "node:tls"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { isRunning, processOf } from "../../../../scripts/servers/processes.mjs"
import * as Certificates from "../support/Certificates.ts"
import * as RealServer from "../support/RealServer.ts"

/** A control connection that waits for each reply's last line. */
interface Dialogue {
  readonly say: (line: string) => Effect.Effect<string>
  readonly hear: Effect.Effect<string>
  readonly closed: Effect.Effect<void>
}

const dial = (server: Pick<RealServer.Shape, "host" | "port">): Effect.Effect<Dialogue, never, Scope.Scope> =>
  Effect.gen(function* () {
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => net.connect(server.port, server.host)),
      (socket) => Effect.sync(() => socket.destroy())
    )
    let text = ""
    let isClosed = false
    socket.setEncoding("latin1")
    socket.on("data", (chunk) => {
      text += chunk
    })
    // A session that is killed may end by a reset.
    socket.on("error", () => {})
    socket.on("close", () => {
      isClosed = true
    })
    const hear = Effect.async<string>((resume) => {
      const look = () => {
        const reply = /^\d{3} .*\r\n/m.exec(text)
        if (reply === null && !isClosed) return
        socket.off("data", look)
        socket.off("close", look)
        text = reply === null ? "" : text.slice(reply.index + reply[0].length)
        resume(Effect.succeed(reply?.[0].trim() ?? "closed"))
      }
      socket.on("data", look)
      socket.on("close", look)
      look()
    })
    return {
      hear,
      say: (line) =>
        Effect.zipRight(
          Effect.sync(() => socket.write(`${line}\r\n`)),
          hear
        ),
      closed: Effect.async((resume) => {
        if (isClosed) return resume(Effect.void)
        socket.once("close", () => resume(Effect.void))
      })
    }
  })

const login = (server: RealServer.Shape, user = server.user, password = server.password) =>
  Effect.gen(function* () {
    const dialogue = yield* dial(server)
    const greeting = yield* dialogue.hear
    yield* dialogue.say(`USER ${user}`)
    const welcome = yield* dialogue.say(`PASS ${password}`)
    return { ...dialogue, greeting, welcome }
  })

/** What is agreed on with a client of one version only. */
const versionAfterAuth = (
  { host, port }: Pick<RealServer.Shape, "host" | "port">,
  authority: string,
  version: "TLSv1.2" | "TLSv1.3"
) =>
  Effect.scoped(
    Effect.flatMap(
      Effect.acquireRelease(
        Effect.sync(() => net.connect(port, host)),
        (socket) => Effect.sync(() => socket.destroy())
      ),
      (socket) =>
        Effect.async<string | null>((resume) => {
          let text = ""
          const hear = (chunk: Buffer) => {
            text += chunk
            if (/^220 .*\r\n/m.test(text)) {
              text = ""
              socket.write("AUTH TLS\r\n")
            }
            if (/^234 .*\r\n/m.test(text)) {
              socket.off("data", hear)
              const secured = tls.connect({ socket, host, ca: authority, minVersion: version, maxVersion: version })
              secured.once("secureConnect", () => resume(Effect.succeed(secured.getProtocol())))
              secured.once("error", () => resume(Effect.succeed("refused")))
            }
          }
          socket.on("data", hear)
        })
    )
  )

/** Real time: Pure-FTPd lets a wrong password wait for several seconds, and has no setting for it. */
const SLOW_REFUSAL = 20_000

for (const name of RealServer.configurableNames) {
  describe.skipIf(RealServer.isSkipped)(`the real server ${RealServer.titleOf(name)}`, () => {
    it.scopedLive("greets, and lets its user into an empty folder that is really there", () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const session = yield* login(server)
        expect(session.greeting).toMatch(/^220 /)
        expect(session.welcome).toMatch(/^230 /)
        expect(fs.readdirSync(server.home)).toEqual([])
        yield* server.write("deep/file.txt", "four")
        yield* session.say("TYPE I")
        expect(yield* session.say("SIZE deep/file.txt")).toBe("213 4")
        expect(yield* session.say("MKD deep/made")).toMatch(/^257 /)
        expect(fs.statSync(`${server.home}/deep/made`).isDirectory()).toBe(true)
      })
    )

    it.scopedLive(
      "refuses a wrong password and, unless asked, anonymous users",
      () =>
        Effect.gen(function* () {
          const server = yield* RealServer.make(name)
          expect((yield* login(server, "u", "wrong")).welcome).toMatch(/^530 /)
          expect((yield* login(server, "anonymous", "a@b")).welcome).not.toMatch(/^230 /)
          const open = yield* RealServer.make(name, { anonymous: true })
          expect((yield* login(open, "anonymous", "a@b")).welcome).toMatch(/^230 /)
        }),
      SLOW_REFUSAL
    )

    it.scopedLive("listens on IPv6", () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name, { family: "IPv6" })
        expect(server.host).toBe("::1")
        const session = yield* login(server)
        expect(session.welcome).toMatch(/^230 /)
        expect(yield* session.say("EPSV")).toMatch(/^229 /)
      })
    )

    it.scopedLive("lets no more sessions in than a client may have", () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name, { maxPerClient: 2 })
        expect((yield* login(server)).welcome).toMatch(/^230 /)
        expect((yield* login(server)).welcome).toMatch(/^230 /)
        const third = yield* login(server)
        expect([third.greeting.slice(0, 3), third.welcome.slice(0, 3)]).not.toContain("230")
      })
    )

    it.scopedLive("loses its sessions when they are killed, and takes new ones", () =>
      Effect.gen(function* () {
        const server = yield* RealServer.make(name)
        const session = yield* login(server)
        expect((yield* server.sessions).length).toBeGreaterThan(0)
        yield* server.killSessions
        yield* session.closed
        expect((yield* login(server)).welcome).toMatch(/^230 /)
      })
    )

    it.live("leaves no process and no folder when its scope closes with a session open", () =>
      Effect.gen(function* () {
        const { server, processes } = yield* Effect.scoped(
          Effect.gen(function* () {
            const server = yield* RealServer.make(name)
            yield* login(server)
            const processes = (yield* server.sessions).flatMap((pid) => processOf(pid) ?? [])
            const parent = processes.flatMap((session) => processOf(session.parent) ?? [])
            return { server, processes: [...processes, ...parent.filter((found) => found.pid !== process.pid)] }
          })
        )
        expect(processes.length).toBeGreaterThan(1)
        expect(processes.filter(isRunning)).toEqual([])
        expect(fs.existsSync(server.home)).toBe(false)
      })
    )

    if (name === "pure-ftpd") {
      it.scopedLive("is not started with a variant that it has no setting for", () =>
        Effect.gen(function* () {
          const tls = { certificate: "", key: "", mode: "Explicit", requireReuse: true } as const
          for (const variant of [
            { deny: ["EPSV"] },
            { activeOnly: true },
            { tls },
            { tls: { ...tls, mode: "Implicit", requireReuse: false } as const }
          ]) {
            expect(Exit.isFailure(yield* Effect.exit(RealServer.make(name, variant)))).toBe(true)
          }
        })
      )
    } else {
      it.scopedLive("refuses the verbs that a variant denies", () =>
        Effect.gen(function* () {
          const server = yield* RealServer.make(name, { deny: ["EPSV", "EPRT", "MLSD", "MLST"] })
          const session = yield* login(server)
          expect(yield* session.say("EPSV")).toMatch(/^5/)
          expect(yield* session.say("MLST")).toMatch(/^5/)
          expect(yield* session.say("PASV")).toMatch(/^227 /)
        })
      )

      it.scopedLive("refuses EPSV and PASV where only active mode is left", () =>
        Effect.gen(function* () {
          const server = yield* RealServer.make(name, { activeOnly: true })
          const session = yield* login(server)
          expect(yield* session.say("EPSV")).toMatch(/^5/)
          expect(yield* session.say("PASV")).toMatch(/^5/)
          // pyftpdlib dials before it answers, and nothing listens there.
          expect(yield* session.say("EPRT |1|127.0.0.1|40000|")).toMatch(name === "pyftpdlib" ? /^425 / : /^200 /)
        })
      )
    }

    it.scopedLive("accepts no login before TLS, and TLS only in the configured version", () =>
      Effect.gen(function* () {
        const { authority, server: identity } = yield* Certificates.make
        const { host, port, user } = yield* RealServer.make(name, {
          tls: {
            mode: "Explicit",
            versions: "1.2",
            certificate: identity.certificate,
            key: Redacted.value(identity.key)
          }
        })
        const session = yield* dial({ host, port })
        yield* session.hear
        // vsftpd hangs up at USER.
        yield* session.say(`USER ${user}`)
        expect(yield* session.say("PASS p")).toMatch(/^5|^421|^closed$/)
        expect(yield* versionAfterAuth({ host, port }, authority, "TLSv1.2")).toBe("TLSv1.2")
        expect(yield* versionAfterAuth({ host, port }, authority, "TLSv1.3")).toBe("refused")
      })
    )
  })
}
