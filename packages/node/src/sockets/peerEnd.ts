/**
 * Whether what looks like the peer's FIN is one. When a RST comes together with the last bytes, libuv reports a clean end
 * (uv__stream_io: POLLHUP after a partial read). The kernel still holds the error, and tells it to a write of nothing, which
 * puts no packet on the line. It can't be asked once our own FIN is out.
 */
import type * as Net from "node:net"
import { FtpTransportError } from "@ftp-effect/core/FtpTransport"
import * as TlsSocket from "./tlsSocket.ts"

const NOTHING = new Uint8Array(0)

/** To be called at the event `end`. Where it was a RST, the socket has failed, and `error` comes next. */
export const confirm = (socket: Net.Socket, ended: () => void): void => {
  if (!TlsSocket.isTls(socket)) {
    socket.write(NOTHING, (error) => error || ended())
  } else if (TlsSocket.isReset(socket)) {
    socket.destroy(new FtpTransportError({ reason: "Reset", detail: "connection reset by the peer" }))
  } else {
    ended()
  }
}
