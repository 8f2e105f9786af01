/**
 * What a server says that it can do: the reply to FEAT, RFC 2389 §3.2.
 *
 *     C: FEAT
 *     S: 211-Features:
 *     S:  MLST type*;size*;modify*;unique;
 *     S:  AUTH TLS
 *     S:  AUTH SSL
 *     S: 211 End
 *
 * A feature that is listed may be refused, and one that is not may be there.
 *
 * @since 0.1.0
 */
import type * as Reply from "./Reply.ts"

/**
 * One line: the name in upper case, and everything after the first SP as the server wrote it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Feature {
  readonly name: string
  readonly parameters: string
}

/**
 * The lines in the server's order; a name may come more than once.
 *
 * @since 0.1.0
 * @category models
 */
export type Features = ReadonlyArray<Feature>

/**
 * A fact of `MLST`'s line, as the server spells it (to be compared without case), and whether listings carry it unless
 * `OPTS MLST` says otherwise.
 *
 * @since 0.1.0
 * @category models
 */
export interface MlstFact {
  readonly name: string
  readonly isDefault: boolean
}

/**
 * Nothing is known to be there.
 *
 * @example
 * ```ts
 * import * as Features from "@ftp-effect/core/protocol/Features"
 *
 * const knowsNone = Features.has(Features.empty, "MLST") // false
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Features = []

/**
 * The features in a reply to FEAT; `empty` for a refusal and for a reply of one line. z/OS leaves out the leading SP,
 * and some servers send two.
 *
 * @example
 * ```ts
 * import * as Features from "@ftp-effect/core/protocol/Features"
 * import * as Reply from "@ftp-effect/core/protocol/Reply"
 *
 * const features = Features.parse(Reply.make(211, "Features:", " MDTM", " SIZE", "End"))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (reply: Reply.Reply): Features =>
  reply.code === FEATURES ? reply.lines.slice(1, -1).flatMap(fromLine) : empty

/**
 * Whether a name, in any case, is listed.
 *
 * @since 0.1.0
 * @category getters
 */
export const has = (features: Features, name: string): boolean => {
  const wanted = name.toUpperCase()
  for (const feature of features) {
    if (feature.name === wanted) return true
  }
  return false
}

/**
 * What follows a name, one text for each line that has it: `["TLS", "SSL"]` or, as IIS writes it, `["TLS;SSL;"]`.
 *
 * @since 0.1.0
 * @category getters
 */
export const parameters = (features: Features, name: string): ReadonlyArray<string> => {
  const wanted = name.toUpperCase()
  return features.flatMap((feature) => (feature.name === wanted ? [feature.parameters] : []))
}

/**
 * Whether transfers may begin within a file: `REST STREAM`, RFC 3659 §5.3.
 *
 * @since 0.1.0
 * @category getters
 */
export const canRestart = (features: Features): boolean =>
  parameters(features, "REST").some((parameter) => parameter.toUpperCase() === "STREAM")

/**
 * The facts that MLST and MLSD know, in the server's order: RFC 3659 §7.8.
 *
 * @since 0.1.0
 * @category getters
 */
export const mlstFacts = (features: Features): ReadonlyArray<MlstFact> =>
  parameters(features, "MLST")
    .flatMap((facts) => facts.split(";"))
    .map((fact) => fact.trim())
    .flatMap((fact) => {
      const isDefault = fact.endsWith("*")
      const name = isDefault ? fact.slice(0, -1) : fact
      return name === "" ? [] : [{ name, isDefault }]
    })

const FEATURES = 211

const fromLine = (line: string): ReadonlyArray<Feature> => {
  const text = line.replace(LEADING_SPACE, "")
  const space = text.indexOf(" ")
  const name = space < 0 ? text.trimEnd() : text.slice(0, space)
  return name === "" ? [] : [{ name: name.toUpperCase(), parameters: space < 0 ? "" : text.slice(space + 1) }]
}

const LEADING_SPACE = /^[ \t]+/
