/**
 * One transfer as the two modes see it: the session for which a data connection is opened, and the connection on its
 * way.
 */
import type * as Effect from "effect/Effect"
import type { DataError } from "../base/FtpError.ts"
import type { Timeouts } from "../base/FtpTimeouts.ts"
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import type { FtpControlChannel } from "../control/FtpControlChannel.ts"
import type {
  Connection,
  DirectAddress,
  DirectTls,
  DirectTransport,
  TlsClientOptions
} from "../platform/FtpTransport.ts"
import type * as Command from "../protocol/Command.ts"
import type * as Reply from "../protocol/Reply.ts"

/**
 * The session for which a data connection is prepared.
 *
 * @since 0.1.0
 * @category models
 */
export interface DataContext {
  readonly control: FtpControlChannel
  readonly capabilities: ServerCapabilities
  readonly timeouts: Timeouts
  /** The transfer that is to follow, if the server wants it announced by PRET before a passive port. */
  readonly announced?: { readonly command: Command.Command; readonly path: string | undefined } | undefined
  /** Where a server that was asked ahead waits for the connection of this very transfer. */
  readonly port?: DirectAddress | undefined
  /** How the connection is protected from its first byte on, if it is we who dial. */
  readonly tls: TlsClientOptions | undefined
}

/**
 * A data connection on its way. `establish` is called after the server's preliminary reply and yields the connection,
 * which closes with the scope given to `prepare`. `refusal` fails when the server takes the transfer back meanwhile.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prepared {
  readonly establish: (refusal: Effect.Effect<never, DataError>) => Effect.Effect<Connection, DataError>
}

/**
 * The session for which a short exchange is prepared. `wantsPret`: the server wants each transfer announced before it
 * gives a port.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectContext extends Pick<DataContext, "capabilities" | "control"> {
  readonly wantsPret: boolean
  /** `undefined`: its bytes are not protected. */
  readonly tls: DirectTls | undefined
}

/**
 * What the server is asked, and where its answer says to dial, if it can be dialled.
 *
 * @since 0.1.0
 * @category models
 */
export interface Question {
  readonly question: Command.Command
  readonly addressOf: (reply: Reply.Reply) => DirectAddress | undefined
}

/**
 * A data connection of a short exchange.
 *
 * @since 0.1.0
 * @category models
 */
export interface DirectData extends Question {
  readonly transport: DirectTransport
}
