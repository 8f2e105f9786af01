/** Under which names clients can reach a server on this machine. */
import { hostname, networkInterfaces } from "node:os"

/** Those of a certificate for a server that listens on this numeric address. */
export const namesOf = (host: string): ReadonlyArray<string> => {
  const own = hostname()
  const addresses = isWildcard(host)
    ? Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address))
    : [host]
  return [...new Set(["localhost", ...(isHostName(own) ? [own] : []), "127.0.0.1", "::1", ...addresses])]
}

/** Listening on it means every address of the machine. */
const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::"

/** Letters, digits, hyphens and dots: RFC 1123 §2.1. */
const isHostName = (text: string): boolean => /^[a-z\d][a-z\d.-]*$/i.test(text)
