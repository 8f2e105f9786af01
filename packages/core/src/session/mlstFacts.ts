/**
 * Facts of MLST and MLSD that a server has, and sends only if it is asked for them (pyftpdlib: mode, owner and group):
 * RFC 3659 §7.9.
 *
 *     S:  MLST type*;perm*;size*;modify*;unique*;unix.mode;unix.uid;unix.gid;       in the reply to FEAT
 *     C: OPTS MLST type;perm;size;modify;unique;unix.mode;unix.uid;unix.gid;
 *     S: 200 MLST OPTS type;perm;size;modify;unique;unix.mode;unix.uid;unix.gid;    (any answer will do)
 *
 * The answer is not awaited: the next command follows at once, and a refusal leaves the facts as they were.
 */
import * as Command from "../protocol/Command.ts"
import * as Features from "../protocol/Features.ts"

/** What is asked for; `undefined` if listings have all facts that are of use. What they have by default stays. */
export const question = (features: Features.Features): Command.Command | undefined => {
  const facts = Features.mlstFacts(features).filter(({ name }) => FACT.test(name))
  const wanted = facts.filter(({ isDefault, name }) => isDefault || USED.has(name.toLowerCase()))
  return wanted.every(({ isDefault }) => isDefault)
    ? undefined
    : Command.opts(`MLST ${wanted.map(({ name }) => `${name};`).join("")}`)
}

/** A name that can be sent back: a line of FEAT may hold anything. */
const FACT = /^[\w.-]+$/

/** Those that are read: see `protocol/listing/MlsxValues`. */
const USED: ReadonlySet<string> = new Set([
  ...["type", "size", "sizd", "modify", "unique", "unix.mode"],
  ...["unix.ownername", "unix.owner", "unix.uid", "unix.groupname", "unix.group", "unix.gid"]
])
