/** What operators see of a mirror: a span that is the parent of its transfers. */
import * as Effect from "effect/Effect"
import * as Observability from "../base/observability.ts"
import type { MirrorPlan } from "./MirrorPlan.ts"
import type { MirrorResult } from "./result.ts"
import type { MirrorTree } from "./trees.ts"

/** One span, which names both trees; their labels have no credentials. */
export const spanned =
  (name: "mirror" | "plan" | "apply", source: MirrorTree, target: MirrorTree) =>
  <A extends MirrorResult | MirrorPlan, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withSpan(Effect.tap(self, described), `FtpMirror.${name}`, {
      captureStackTrace: false,
      attributes: {
        [Observability.Attribute.source]: source.label,
        [Observability.Attribute.target]: target.label
      }
    })

const described = (made: MirrorResult | MirrorPlan): Effect.Effect<void> =>
  Observability.annotate(() =>
    "plan" in made
      ? {
          [Observability.Attribute.bytes]: made.bytes,
          [Observability.Attribute.steps]: made.done.length,
          [Observability.Attribute.failures]: made.failures.length
        }
      : { [Observability.Attribute.steps]: made.steps.length }
  )
