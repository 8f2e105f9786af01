/** The doctor and the embedded server that it examines. */
import * as FtpDoctor from "@ftp-effect/core/FtpDoctor"
import * as FtpTestServer from "@ftp-effect/core/testing/FtpTestServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { endpoint, PASSWORD, services } from "./embedded.ts"
import { inTime } from "./inTime.ts"

const root = { "pub/a": "12345", "pub/b": "22", "large.bin": new Uint8Array(300 * 1024) }
const users = { ann: PASSWORD }

export const server = (options: FtpTestServer.Options = {}) =>
  FtpTestServer.layer({ users, root, ...options }).pipe(Layer.provideMerge(services))

export const examine = (options: Partial<FtpDoctor.Options> = {}) =>
  Effect.flatMap(endpoint, (endpoint) =>
    inTime(FtpDoctor.examine({ endpoint, security: "Plain", sessions: 3, ...options }), "10 minutes")
  )

/** `"Epsv Ok"`. */
export const verdicts = ({ findings }: FtpDoctor.Report) =>
  findings.map(({ check, severity }) => `${check} ${severity}`)

export const findingOf = ({ findings }: FtpDoctor.Report, check: FtpDoctor.Check) =>
  findings.find((finding) => finding.check === check)
