/**
 * What shows that a transfer is whole, from the strongest to the weakest:
 *
 *     Hash         the server's hash of the file is that of the local bytes
 *     SizeAndTime  as many bytes as the file has, and its size and time were the same before and after
 *     Size         as many bytes as the receiving or sending server says the file has
 *     Reply        the server's final reply, as it reports no sizes, or they don't count
 *
 * The final reply and an orderly end of the data are part of each. In a download, size and time are the remote file's;
 * in an upload they are the local file's, and the size on the server agrees.
 *
 * An empty file has one content only, so its size proves as much as a hash would. Where `Hash` is asked for and the
 * server refuses to compute one of an empty file, the transfer ends with `Size`, and that is enough.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Algorithm, Digest } from "../protocol/HashReply.ts"

/**
 * How a transfer was verified.
 *
 * @since 0.1.0
 * @category models
 */
export type FtpEvidence =
  | { readonly _tag: "Hash"; readonly algorithm: Algorithm; readonly value: string }
  | { readonly _tag: "SizeAndTime" }
  | { readonly _tag: "Size" }
  | { readonly _tag: "Reply" }

/**
 * How much is asked for, or there.
 *
 * @since 0.1.0
 * @category models
 */
export type Strength = FtpEvidence["_tag"]

/**
 * The server's hash is that of the local bytes.
 *
 * @example
 * ```ts
 * import * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
 *
 * const example = FtpEvidence.hash({ algorithm: "MD5", value: "d41d8cd98f00b204e9800998ecf8427e" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const hash = (digest: Digest): FtpEvidence => ({ _tag: "Hash", ...digest })

/**
 * The size is right, and size and time were the same before and after.
 *
 * @example
 * ```ts
 * import * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
 *
 * const example = FtpEvidence.isAtLeast(FtpEvidence.sizeAndTime, "Size")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const sizeAndTime: FtpEvidence = { _tag: "SizeAndTime" }

/**
 * The size is right.
 *
 * @example
 * ```ts
 * import * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
 *
 * const example = FtpEvidence.isAtLeast(FtpEvidence.size, "Hash")
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const size: FtpEvidence = { _tag: "Size" }

/**
 * The server said that the transfer is complete, and reports no size that counts.
 *
 * @example
 * ```ts
 * import * as FtpEvidence from "@ftp-effect/core/FtpEvidence"
 *
 * const example = FtpEvidence.toWord(FtpEvidence.reply)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const reply: FtpEvidence = { _tag: "Reply" }

const RANK: { readonly [S in Strength]: number } = { Hash: 3, SizeAndTime: 2, Size: 1, Reply: 0 }

/**
 * Whether the evidence is as strong as asked for, or stronger.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAtLeast = (evidence: FtpEvidence, least: Strength): boolean => RANK[evidence._tag] >= RANK[least]

/**
 * `"SHA-256"`, `"SizeAndTime"`: a word for people and logs.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toWord = (evidence: FtpEvidence): string => (evidence._tag === "Hash" ? evidence.algorithm : evidence._tag)

/**
 * Evidence as JSON. Its JSON Schema is `@ftp-effect/core/schema/evidence.schema.json`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const schema = Schema.Union(
  Schema.TaggedStruct("Hash", {
    algorithm: Schema.Literal("SHA-512", "SHA-256", "SHA-1", "MD5", "CRC32"),
    value: Schema.String
  }),
  Schema.TaggedStruct("SizeAndTime", {}),
  Schema.TaggedStruct("Size", {}),
  Schema.TaggedStruct("Reply", {})
)
