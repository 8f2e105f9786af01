/** How a socket is given up. */
import type * as Net from "node:net"
import * as TlsSocket from "./tlsSocket.ts"

/**
 * Sends RST and frees the socket. libuv refuses a reset while a FIN is on its way out (EINVAL, and Node would then
 * never close the socket); what was written is then in the kernel, or never will be.
 */
export const abandon = (socket: Net.Socket): void => {
  const resetNow = () => (TlsSocket.isTls(socket) ? TlsSocket.reset(socket) : socket.resetAndDestroy())
  if (socket.destroyed) {
    return
  }
  if (socket.connecting) {
    // A reset would wait until the peer has answered.
    socket.destroy()
    return
  }
  if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) {
    socket.once("finish", resetNow)
    return
  }
  resetNow()
}
