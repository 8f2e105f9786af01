/** Addresses of sockets, as core has them and in words. */
import type * as Net from "node:net"
import type { Address } from "@ftp-effect/core/FtpTransport"

/** Both ends of an open socket, or nothing when the peer is gone already. */
export const addresses = (socket: Net.Socket): readonly [local: Address, remote: Address] | undefined =>
  socket.localAddress === undefined || socket.remoteAddress === undefined
    ? undefined
    : [address(socket.localAddress, socket.localPort), address(socket.remoteAddress, socket.remotePort)]

/** A numeric address as Node gives it; an IPv4-mapped one becomes the IPv4 address that it means. */
export const address = (host: string, port: number | undefined): Address => {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, "")
  return { host: plain, port: port ?? 0, family: plain.includes(":") ? "IPv6" : "IPv4" }
}

/** In words, for the details of errors. */
export const inWords = (host: string, port: number): string => `${host} port ${port}`
