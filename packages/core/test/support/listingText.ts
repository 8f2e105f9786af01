/** Whole listings as text, for tests: the library reads lines while they arrive. */
import * as Listing from "#core/protocol/Listing"
import type { Dialect } from "#core/protocol/listing/Dialect"
import * as Lines from "#core/protocol/listing/Lines"

const readAll = <Name extends string>(reader: Listing.Reader<Name>, text: string): Listing.Listed<Name> => {
  Lines.split(text, reader.take)
  return reader.end()
}

/** The text of LIST. */
export const parse = (text: string, options: Listing.Options): Listing.Listed => readAll(Listing.reader(options), text)

/** The text of MLSD. */
export const parseMlsd = (text: string, options: Parameters<typeof Listing.mlsdReader>[0]): Listing.Listed<"Mlsx"> =>
  readAll(Listing.mlsdReader(options), text)

/** The text of LIST, with other dialects than the library's. */
export const parseWith = <Name extends string>(
  dialects: readonly [Dialect<Name>, ...Array<Dialect<Name>>],
  text: string,
  options: Omit<Listing.Options, "dialect" | "preferred"> & {
    readonly dialect?: Name | undefined
    readonly preferred?: Name | undefined
  }
): Listing.Listed<Name> => readAll(Listing.readerWith(dialects, options), text)
