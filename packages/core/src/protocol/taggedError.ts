/**
 * `Data.TaggedError` with a type that is written out: the inferred one names types of Effect that older versions don't
 * have, and is part of the declarations of each class that extends it.
 */
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"

export const TaggedError: <Tag extends string>(
  tag: Tag
) => new <A extends Record<string, unknown>>(
  fields: Readonly<A>
) => Cause.YieldableError & { readonly _tag: Tag } & Readonly<A> =
  // Its own type has conditions that no caller here meets; the fields are never empty.
  Data.TaggedError as never
