import { describe, expect, it } from "@effect/vitest"
import * as PendingReply from "#core/control/PendingReply"

const retr = PendingReply.make("RETR a", "RETR")
const epsv = PendingReply.make("EPSV", "EPSV")
const noop = PendingReply.make("NOOP", "NOOP", "KeepAlive")

describe("the command that a reply answers", () => {
  it.each([
    ["the transfer's beginning", [retr, epsv], 150, retr],
    ["the transfer's end", [retr, epsv], 226, retr],
    ["its failure", [retr, epsv], 426, retr],
    [
      "a port that is named while the transfer is under way, as pyftpdlib does, which never ends the transfer",
      [retr, epsv],
      229,
      epsv
    ],
    ["a refusal, which can be the transfer's", [retr, epsv], 501, retr],
    ["a port that no command asked for", [retr], 229, undefined],
    ["the answer to a NOOP during a transfer", [retr, noop], 200, noop],
    ["the transfer's end before that", [retr, noop], 226, retr]
  ] as const)("is found for %s", (_what, pending, code, owner) => {
    expect(PendingReply.owner(pending, { code })).toBe(owner)
  })
})
