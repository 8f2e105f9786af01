/** Scripts of small uploads over sockets, and a session that plays one. */
import * as FtpDataChannel from "@ftp-effect/core/FtpDataChannel"
import * as FtpSecurity from "@ftp-effect/core/FtpSecurity"
import * as FtpTransport from "@ftp-effect/core/FtpTransport"
import * as FtpScript from "@ftp-effect/core/testing/FtpScript"
import * as NodeFtpTransport from "@ftp-effect/node/NodeFtpTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ServerCapabilities from "../../../core/src/base/serverCapabilities.ts"
import { login, ready } from "../../../core/test/support/scripted.ts"

export const BYTES = new TextEncoder().encode("hello")

export const PORT = `
  C: EPSV
  S: 229 ok (|||{port}|)
`

export const RECEIVED = `
  D: expect hello
  D: expect end
`

export const DONE = `
  S: 150 here
  S: 226 done
`

export const SIZE = (name: string) => `
  C: SIZE ${name}
  S: 213 5
`

export const SIZE_AND_PORT = (name: string) => `
  C: SIZE ${name}
  C: EPSV
  S: 213 5
  S: 229 ok (|||{port}|)
`

export const STOR = (name: string) => `
  C: STOR ${name}
  D: accept
`

/** A session with a server that answers EPSV, and the order in which bytes and its replies to STOR were sent. */
export const play = (
  dialogue: (sent150: FtpScript.Step) => ReadonlyArray<string | FtpScript.Step>,
  { avoided = [], takesBytes = true }: { avoided?: ReadonlyArray<"MDTM">; takesBytes?: boolean } = {}
) =>
  Effect.gen(function* () {
    const order: Array<string> = []
    const native = yield* FtpTransport.FtpTransport
    const { direct } = native
    const transport = FtpTransport.FtpTransport.of({
      ...native,
      direct: direct && {
        ...direct,
        deliver: (address, on) => {
          let isOver = false
          const handle = direct.deliver(address, {
            moved: (bytes) => takesBytes && on.moved(bytes),
            failed: (error) => {
              isOver = true
              on.failed(error)
            },
            finished: () => {
              isOver = true
              on.finished?.()
            },
            connected: (send) =>
              on.connected((bytes) => {
                order.push("bytes")
                send(bytes)
              })
          })
          return {
            close: () => {
              isOver = true
              handle.close()
            },
            reset: () => {
              isOver || order.push("reset")
              handle.reset()
            }
          }
        }
      }
    })
    const sent150 = FtpScript.run(Effect.sync(() => void order.push("150")))
    const script = yield* FtpScript.make([ready("EPSV", "SIZE"), ...dialogue(sent150)])
    const capabilities = ServerCapabilities.make()
    capabilities.set("EPSV", true)
    capabilities.optionalVerbs.connection("IPv4").unanswered(avoided, "Silent")
    const services = Layer.merge(FtpDataChannel.layerPassive, FtpSecurity.layerPlain)
    const session = yield* login(script, undefined, capabilities).pipe(
      Effect.provide(services),
      Effect.provideService(FtpTransport.FtpTransport, transport)
    )
    return { session, script, order, capabilities }
  }).pipe(Effect.provide(NodeFtpTransport.layer))
