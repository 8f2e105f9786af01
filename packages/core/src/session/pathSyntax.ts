/**
 * How the server writes its paths. Most show it by the way:
 *
 *     S: 211-Features: ... TVFS, or MLST      with slashes (RFC 3659 §6, and as no server of OpenVMS or z/OS has it)
 *     S: 220 ... OpenVMS, z/OS, IBM FTP CS    asked at once:
 *     C: PWD
 *     S: 257 "DISK:[ANNA]"
 *
 * Any other is asked before a tree is joined to a path of it (`syntaxOf`), and before a command that needs to know
 * (`control/pathSyntax`).
 */
import type { ServerCapabilities } from "../base/serverCapabilities.ts"
import * as Features from "../protocol/Features.ts"
import * as NativePath from "../protocol/NativePath.ts"

/** What PWD shows in the login directory, or another one. */
export const learn = (
  { capabilities: { paths } }: { readonly capabilities: ServerCapabilities },
  named: string
): void => {
  const syntax = NativePath.syntaxOf(named)
  if (syntax !== "Slashes") {
    paths.system = syntax
  }
  if (paths.home === "Unknown") {
    paths.home = syntax
  }
}

/** What FEAT shows: servers that have one of them have slashes alone. */
export const learnFromFeatures = ({ paths }: ServerCapabilities, features: Features.Features): void => {
  if (Features.has(features, "TVFS") || Features.has(features, "MLST")) {
    if (paths.home === "Unknown") {
      paths.home = "Slashes"
    }
    if (paths.system === "Unknown") {
      paths.system = "Slashes"
    }
  }
}

/** TCP/IP Services, MultiNet, TCPware and HGFTP; IBM's Communications Server. */
const GREETINGS = /\b(?:Open)?VMS\b|MultiNet|TCPware|\bz\/OS\b|IBM FTP CS|\bMVS\b/i

/** Whether the greeting is that of a system without slashes. */
export const isHintedBy = (greeting: ReadonlyArray<string>): boolean => greeting.some((line) => GREETINGS.test(line))
