/** MLSD (RFC 3659 §7): whether a server has it, and how its lines are read. */
import * as Features from "../protocol/Features.ts"
import * as Listing from "../protocol/Listing.ts"
import type { SessionContext } from "./context.ts"
import { type Question, readerOptions } from "./listingAnswer.ts"

/** FEAT has a line MLST for both verbs (RFC 3659 §7.8); without any FEAT, it is tried. */
export const isKnown = ({ capabilities, control, features }: SessionContext): boolean =>
  capabilities.get("MLSD") !== "Fails" &&
  !control.verbs.isAvoided("MLSD") &&
  (Features.has(features, "MLST") || Features.has(features, "MLSD") || features.length === 0)

/** `millis` is the time of the clock. */
export const reader = (context: SessionContext, question: Question, millis: number): Listing.Reader<"Mlsx"> => {
  const facts = new Set(Features.mlstFacts(context.features).map(({ name }) => name.toLowerCase()))
  return Listing.mlsdReader({ ...readerOptions(context, question, millis), facts })
}
