/**
 * What a socket received and its reader has not taken yet: bounded. `ring` and `gathering` make inboxes; `gate` decides
 * when their reader is woken.
 */
import type * as Option from "effect/Option"

/** A socket's bytes for one reader. `take` may be called once `ready`; what it gives is lent until `release`. */
export interface Inbox {
  /** Whether bytes are lent as they arrive, instead of gathered. */
  readonly eager: boolean
  readonly ready: () => boolean
  /** Whether no bytes are left to take. */
  readonly isEmpty: () => boolean
  readonly take: () => Option.Option<Uint8Array>
  readonly release: () => void
  /** Calls back once `ready`; at most one waits. Returns how to stop waiting. */
  readonly wait: (wake: () => void) => () => void
  /** No more bytes will come; those that came can still be taken. */
  readonly end: () => void
}
